// A plotly figure that Python sends, drawn in its place again and again. Plotly stands above this, or comes with the page.
const library = async () => {
  while (!window.Plotly) await new Promise(done => setTimeout(done, 20));
};

export default {
  async render({model, el}) {
    await library();
    const place = document.createElement("div");
    place.setAttribute("role", "img");
    el.replaceChildren(place);
    let bare = true;
    const draw = () => {
      const plot = model.get("figure");
      place.setAttribute("aria-label", model.get("words"));
      if (!plot.data) return;
      if (bare || plot.frames?.length || place.still) drawPlot(window.Plotly, place, plot);
      else {
        window.Plotly.react(place, {...fitted(place, plot), config: {displayModeBar: false, responsive: true}});
        reshaped(window.Plotly, place, plot);
      }
      bare = false;
    };
    model.on("change:figure", draw);
    draw();
    return () => {
      place.still?.();
      place.unprinted?.();
      removeEventListener("resize", place.refit);
      window.Plotly.purge(place);
    };
  },
};
