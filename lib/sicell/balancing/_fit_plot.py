"""The figure of losses. No global state: the figure is not registered anywhere."""

from typing import Any

# Colour-blind-safe, from dark to light, with a marker of its own for each mode.
_MODES = {"capacity": ("#222222", "o"), "LLI": ("#0072b2", "s"), "LAM_PE": ("#009e73", "^"), "LAM_NE": ("#c2500a", "v")}
_OTHERS = (("#8c4799", "D"), ("#6b7280", "P"))


def losses_figure(losses: Any) -> Any:
    """Return losses against age, one panel for each mode, one line for each cell."""
    from matplotlib.figure import Figure

    modes = list(dict.fromkeys(losses["mode"]))
    styles = dict(zip((m for m in modes if m not in _MODES), _OTHERS, strict=False))
    figure = Figure(figsize=(4.2, 1.2 + 1.5 * len(modes)), layout="constrained")
    panels = figure.subplots(len(modes), sharex=True, squeeze=False)[:, 0]
    for axes, mode in zip(panels, modes, strict=True):
        color, marker = {**_MODES, **styles}[mode]
        for _, rows in losses[losses["mode"] == mode].groupby("cell", sort=False):
            reach = 100 * (rows["upper"] - rows["loss"]).fillna(0.0)
            fill = [color if known else "none" for known in rows["identifiable"]]
            axes.errorbar(rows["age"], 100 * rows["loss"], yerr=reach, fmt="-", color=color, linewidth=1, capsize=2)
            axes.scatter(rows["age"], 100 * rows["loss"], marker=marker, edgecolors=color, facecolors=fill, zorder=3)
        axes.axhline(0, color="0.6", linewidth=0.8)
        axes.set(ylabel=f"{mode} / %")
    panels[-1].set_xlabel("age")
    return figure
