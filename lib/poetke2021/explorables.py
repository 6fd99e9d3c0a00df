"""Explorables of more than one chapter: what a figure can show for one choice only."""

from itertools import product

import numpy as np

from companion import ledger
from companion.explorables import Control, Drawing, Explorable, ExplorableState
from companion.tables import number
from poetke2021 import spectra
from poetke2021.cycling import Protocol
from sicell import eis

_ONE, _TWO = "R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)"
_DISTANCES, _NOISES, _LOWEST = (2, 3, 5, 10, 30), (0.001, 0.003, 0.01), (0.1, 10, 100, 1000)
_TRUTH = {"R1": 15.0, "R2": 30.0}  # Ω, of `spectra.two_arcs`
_LINE, _MOST = 36, 60.0  # points of a fitted curve; Ω at which the axis of the intervals ends


def _arcs_drawing(points: int) -> Drawing:
    text = (
        "Nyquist plot of the synthetic spectrum with both fits, intervals of both resistances, and the share of belief"
    )
    drawing = Drawing("two-arcs", f"{text} in one arc and in two. The numbers stand in the table.", height=388)
    dot = '<circle cx="2" cy="2" r="1.7" fill="var(--muted)"/>'
    drawing.fixed(
        "defs", f'<marker id="two-arcs-dot" markerWidth="4" markerHeight="4" refX="2" refY="2">{dot}</marker>'
    )
    ohms, heights = {at: str(at) for at in range(20, 71, 10)}, {at: str(at) for at in (0, 5, 10, 15)}
    nyquist = drawing.panel((38, 26, 352, 126), (15, 70, 0, 17.5), ohms, heights, "−Z″ / Ω", "Z′ / Ω")
    dots = {f"marker_{at}": "url(#two-arcs-dot)" for at in ("start", "mid", "end")}
    drawing.curves("measured", points, (nyquist, {"stroke": "none"} | dots))
    for name, color, dash in (("one arc", "cathode", "6 4"), ("two arcs", "anode", "none")):
        style = {"stroke": f"var(--{color})", "stroke_width": 2, "stroke_dasharray": dash}
        drawing.curves(name, _LINE, (nyquist, style))
    for x, name, color in ((120, "one arc", "cathode"), (238, "two arcs", "anode")):
        drawing.fixed("text", f"{name} fitted", x=x, y=15, class_="strong", style=f"fill:var(--{color})")
    ticks = {at: str(at) for at in range(0, 61, 15)}
    title = "Resistances with 95 % intervals / Ω"
    panel = drawing.panel((38, 196, 352, 266), (0, _MOST, 0, 2), ticks, {1.5: "R₁", 0.5: "R₂"}, title, "")
    for y, (name, truth) in zip((213, 248), _TRUTH.items(), strict=True):
        place = float(panel.place("x", truth))
        drawing.fixed("line", x1=place, x2=place, y1=y - 12, y2=y + 12, stroke="var(--text)", stroke_width=2)
        drawing.fixed("text", "truth", x=place + 5, y=y - 5, class_="soft")
        bar = {"y": y - 3, "height": 14, "fill": "var(--anode)"}
        drawing.moving(f"{name} interval", "rect", panel, "x width opacity", **bar)
        drawing.moving(name, "circle", panel, "cx opacity", cy=y + 4, r=5, fill="var(--anode)", stroke="var(--ground)")
    drawing.fixed("text", "Share of belief", x=0, y=318, class_="strong")
    share = drawing.panel((38, 330, 352, 350), (0, 1, 0, 1), {0: "0", 0.5: "50 %"}, {}, "", "")
    for name, color in (("one arc", "cathode"), ("two arcs", "anode")):
        style = {"fill": f"var(--{color})", "stroke": "var(--ground)"}
        drawing.moving(f"belief in {name}", "rect", share, "x width", y=330, height=20, **style)
    return drawing


def _arcs_state(distance: float, noise: float, lowest: float) -> ExplorableState:
    sweep = spectra.frequencies()
    seen = sweep >= 0.999 * lowest
    # the same throws of the dice for all states, so that a slider changes nothing but what it says
    measured = spectra.add_noise(spectra.two_arcs(distance), noise, seed=2)
    choice = eis.choose(sweep[seen], measured[seen], [_ONE, _TWO], certainty=0.9)
    two = choice.table.loc[_TWO, "fit"].parameters.loc[list(_TRUTH), ["value", "lower", "upper", "identifiable"]]
    belief = float(choice.table.loc[_TWO, "weight"])
    percent = (
        f"{number(100 * belief, 0)} %" if 0.005 < belief < 0.995 else "below 1 %" if belief < 0.5 else "above 99 %"
    )
    # of a second arc that need not be there the size means nothing
    known = two["identifiable"].astype(bool) & (choice.circuit == _TWO)
    texts = {}
    for name, row in two.iterrows():
        ends = [number(row[end], 1) if np.isfinite(row[end]) else "∞" for end in ("lower", "upper")]
        texts[name] = f"{number(row['value'], 1)} ({ends[0]} to {ends[1]})" if known[name] else "not determined"
    if choice.circuit == _ONE:
        said = f"Not seen: one arc describes this spectrum as well with fewer numbers. Belief in two is {percent}."
        level = "bad"
    elif choice.circuit is None:
        level, said = "warn", f"Undecided: belief in two arcs is {percent}."
    elif known.all():
        level, said = "good", "Told apart: there are two arcs, and their resistances are known."
    else:
        lost = " and ".join({"R1": "R₁", "R2": "R₂"}[name] for name in known.index[~known])
        level, said = "warn", f"Two arcs, belief {percent}, but how large they are is open: {lost} not determined."
    line = np.geomspace(sweep[0], sweep[-1], _LINE)
    order = np.concatenate([np.flatnonzero(seen), np.repeat(np.flatnonzero(seen)[-1], (~seen).sum())])
    shapes = {"measured": (measured.real[order], -measured.imag[order])}
    for name, circuit in (("one arc", _ONE), ("two arcs", _TWO)):
        fitted = choice.table.loc[circuit, "fit"].predict(line)
        shapes[name] = (fitted.real, -fitted.imag)
    for name, row in two.iterrows():
        low, high = np.clip([row["lower"], row["upper"]], 0, _MOST)
        shapes[f"{name} interval"] = (low, high - low, 0.75 if known[name] else 0.25)
        shapes[str(name)] = (np.clip(row["value"], 0, _MOST), bool(known[name]))
    shapes |= {"belief in one arc": (0, 1 - belief), "belief in two arcs": (1 - belief, belief)}
    errors = (number(100 * choice.table.loc[circuit, "relative_rms"], 2) for circuit in (_ONE, _TWO))
    return ExplorableState(said, level, tuple((text,) for text in (percent, *texts.values(), *errors)), shapes, {})


def two_arcs() -> Explorable:
    """Return two arcs of 15 and 30 Ω that can be moved together, under more noise and in shorter sweeps.

    Each state is one synthetic spectrum, of which `eis.choose` says how many arcs it shows, and a fit how large they
    are.
    """
    states = tuple(_arcs_state(*each) for each in product(_DISTANCES, _NOISES, _LOWEST))
    controls = (
        Control("Time constants apart by", tuple(f"{at} ×" for at in _DISTANCES), start=3),
        Control("Noise", tuple(f"{100 * at:g} %" for at in _NOISES), start=1),
        Control("Lowest frequency", tuple(f"{at:g} Hz" for at in _LOWEST)),
    )
    rows = (
        ("Belief in two arcs", ""),
        ("R₁, 15 in truth", "Ω"),
        ("R₂, 30 in truth", "Ω"),
        ("Error that one arc leaves", "%"),
        ("Error that two arcs leave", "%"),
    )
    note = (
        "Synthetic: 20 Ω and two arcs with exponents of 0.85, the slower with its apex at 100 Hz; 10 points a decade."
    )
    drawing = _arcs_drawing(spectra.frequencies().size)
    return Explorable(drawing, "Two arcs", controls, rows, ("Fit",), states, note)


def what_comes_back(retention: float, protocol: Protocol) -> Explorable:
    """Return what is left if a share of the charge that each cycle lacks comes back, beside a reported retention."""
    efficiencies = ledger.value("average-ce-solid") / 100 + np.array([-0.004, 0, 0.004])
    shares, step = np.linspace(0, 1, 21), protocol.cycle - 1
    drawing = Drawing("what-comes-back", "Capacity over the cycles, beside all lost and the reported end.", height=250)
    ticks = {at: str(at) for at in range(0, 51, 10)}
    titles = ("Share of the first slow discharge / %", "cycle")
    axes = drawing.panel((38, 26, 352, 200), (0, 54, 55, 101), ticks, {at: str(at) for at in (60, 80, 100)}, *titles)
    style = {"stroke_width": 2}
    drawing.curves("lost", step.size, (axes, {"stroke": "var(--muted)", "stroke_dasharray": "6 4"} | style))
    drawing.curves("left", step.size, (axes, {"stroke": "var(--cathode)"} | style))
    end = {"cx": protocol.last, "cy": 100 * retention}
    place = {name: float(axes.place(name, at).round(1)) for name, at in end.items()}
    drawing.fixed("circle", r=5, fill="var(--reported)", **place)
    drawing.fixed("text", f"reported {100 * retention:g} %", x=344, y=place["cy"] - 12, text_anchor="end")
    drawing.moving("all", "text", axes, "y", x=110, class_="soft")
    states = []
    for efficiency, share in product(efficiencies, shares):
        lost, left = 100 * efficiency**step, 100 * (1 - (1 - share) * (1 - efficiency)) ** step
        missing, gap = 100 * (1 - efficiency), left[-1] - 100 * retention
        said = f"{number(left[-1], 1)} % is left after {step[-1]} steps"
        side = "more" if gap > 0 else "less"
        said += ", as reported." if abs(gap) < 1 else f", {number(abs(gap), 0)} points {side} than reported."
        cells = ((missing, 2), ((1 - share) * missing, 2), (left[-1], 1), (lost[-1], 1))
        shapes = {"lost": (protocol.cycle, lost), "left": (protocol.cycle, left), "all": (lost[20] - 9,)}
        texts = tuple((number(value, digits),) for value, digits in cells)
        states.append(
            ExplorableState(said, "good" if abs(gap) < 1 else "warn", texts, shapes, {"all": "all of it lost"})
        )
    rows = (
        ("Missing in each cycle", "%"),
        ("of which for good", "%"),
        (f"Left after {step[-1]} steps", "%"),
        ("if all of it were lost", "%"),
    )
    controls = (
        Control("Coulombic efficiency", tuple(f"{100 * at:g} %" for at in efficiencies), 1),
        Control("Of what is missing comes back", tuple(f"{100 * at:.0f} %" for at in shares)),
    )
    note = "The same share in every cycle; it comes back in the slow cycle at the end."
    return Explorable(drawing, "What comes back", controls, rows, ("Model",), tuple(states), note)
