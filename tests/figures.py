"""What tests of figures ask of any figure: its traces by name, its legend, and whether it explains itself."""


def named(figure):
    return {trace.name: trace for trace in figure.data}


def legend(figure):
    return [trace.name for trace in figure.data if trace.showlegend is not False]


def complete(figure):
    """Whether axes have titles, and whatever can be pointed at says its numbers."""
    axes = figure.layout.xaxis, figure.layout.yaxis
    told = all(trace.hovertemplate or trace.hoverinfo == "skip" for trace in figure.data)
    return told and all(axis.title.text for axis in axes) and figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
