"""Temporaries of a compiled loop on the stack. Holds nothing but this one mending of torch's compiler.

torch can put temporaries on the stack (`aot_inductor.allow_stack_allocation`) but not where a loop's body hands one on to
its next round. Allocating them anew in every round costs more than a small step; so what is handed on stays on the heap,
and the rest moves.
"""

import functools

OPTIONS = {"aot_inductor.allow_stack_allocation": True, "inplace_buffers": False, "allow_buffer_reuse": False}


@functools.cache
def on_stack() -> dict[str, bool]:
    """Options for `torch.compile`, after mending; none if this torch is built otherwise.

    The mending touches only code that is generated with these options, and torch itself keeps what goes on the stack
    under 100 KiB. A loop compiled so is compared with the eager one, as any other is, before it is trusted.
    """
    try:
        from torch._inductor.codegen.cpp_wrapper_cpu_array_ref import CppWrapperCpuArrayRef as Wrapper

        loop, allowed = Wrapper.codegen_while_loop, Wrapper.can_stack_allocate_buffer
    except (ImportError, AttributeError):
        return {}
    handed_on = set()

    def codegen_while_loop(self, while_loop, *rest):  # noqa: ANN001, ANN002, ANN202
        for part in (while_loop.cond_subgraph, while_loop.body_subgraph):
            handed_on.update(part.graph.get_output_names())
        return loop(self, while_loop, *rest)

    def can_stack_allocate_buffer(self, buffer) -> bool:  # noqa: ANN001
        return buffer.get_name() not in handed_on and allowed(self, buffer)

    Wrapper.codegen_while_loop = codegen_while_loop  # ty: ignore[invalid-assignment] - it passes on what it takes
    Wrapper.can_stack_allocate_buffer = can_stack_allocate_buffer
    return OPTIONS
