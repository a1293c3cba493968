"""Widgets that a browser draws and that answer while they are dragged; and `Chart`, which shows a plotly figure in place."""
