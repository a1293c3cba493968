// A slider of marimo over chosen values says its place among them; here it says the value that it shows.
const valued = event => {
  const thumb = event.composedPath()[0];
  if (thumb?.getAttribute?.("role") !== "slider") return;
  const shown = thumb.closest("[dir]")?.nextElementSibling;
  if (!shown) return;
  const tell = () => thumb.setAttribute("aria-valuetext", shown.textContent);
  tell();
  if (!thumb.watched) (thumb.watched = new MutationObserver(tell)).observe(shown, {characterData: true, childList: true, subtree: true});
};
addEventListener("focusin", valued, true);
