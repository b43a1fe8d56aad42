"""The only place that knows everything: settings, wiring, and what spans the layers."""
