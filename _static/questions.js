// Questions: checked in the page, by keyboard, without a network. What was answered stays in this browser.
document.addEventListener("DOMContentLoaded", () => {
  const remember = (name, answer) => { try { localStorage.setItem(`question:${name}`, answer); } catch { /* private window */ } };
  const recall = (name) => { try { return localStorage.getItem(`question:${name}`); } catch { return null; } };

  const parse = (text, units) => {
    const clean = text.trim().replace(",", ".").replace("−", "-");
    const unit = Object.keys(units).filter((one) => clean.endsWith(one)).sort((a, b) => b.length - a.length)[0] ?? "";
    const digits = clean.slice(0, clean.length - unit.length).trim();
    return digits === "" ? NaN : Number(digits) * (unit ? units[unit] : 1);
  };

  const judge = (kind, data, given) => {
    if (kind === "choice") return { right: given === data.answer, why: data.reasons[given] };
    const value = parse(given, data.units);
    if (Number.isNaN(value)) return { right: false, why: `“${given}” is not a number, with or without one of the units ${Object.keys(data.units).join(", ")}.` };
    if (Math.abs(value - data.value) <= data.tolerance) return { right: true, why: `Computed: ${data.answer}. ${data.reason}` };
    const distance = ([number]) => Math.abs(number - value);
    const [trap] = [...data.traps].sort((a, b) => distance(a) - distance(b));
    return { right: false, why: trap && distance(trap) <= data.tolerance ? trap[1] : value > data.value ? "Too high." : "Too low." };
  };

  for (const form of document.querySelectorAll("form.question")) {
    const data = JSON.parse(form.dataset.question), verdict = form.querySelector(".verdict"), answer = form.querySelector("details");
    form.querySelector("button").hidden = false;
    answer.hidden = true;
    const show = (given, fresh) => {
      const { right, why } = judge(form.dataset.kind, data, given);
      verdict.textContent = `${right ? "✓ Right." : "✗ Not so."} ${why}`;
      form.dataset.state = right ? "right" : "wrong";
      answer.hidden = right;
      if (fresh) remember(form.id, given);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = form.dataset.kind === "choice" ? form.querySelector("input:checked")?.value : form.querySelector("input").value;
      if (given === undefined || given === "") verdict.textContent = "Choose or enter an answer first.";
      else show(given, true);
    });
    const before = recall(form.id);
    if (before === null) continue;
    if (form.dataset.kind === "number") form.querySelector("input").value = before;
    else for (const input of form.querySelectorAll("input")) input.checked = input.value === before;
    if (form.dataset.kind === "number" || form.querySelector("input:checked")) show(before, false);
  }
});
