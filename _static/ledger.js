// The whole ledger as a table: sorted by its titles (on a telephone by one list), searched, and on a telephone shown 20 claims at a time.
document.addEventListener("DOMContentLoaded", () => {
  for (const view of document.querySelectorAll(".ledger")) {
    const table = view.querySelector("table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const narrow = matchMedia("(max-width: 600px)"), step = 20, byId = [...body.rows];
    let limit = step;
    view.insertAdjacentHTML("afterbegin", `<p class="tools"><label>Find <input type="search" placeholder="miss balancing"></label>
      <label class="sort">Sort by <select><option>id</option>${heads.map((head) => `<option>${head.textContent}</option>`).join("")}</select></label>
      <span role="status"></span></p>`);
    view.insertAdjacentHTML("beforeend", `<p class="more"><button type="button">Show ${step} more</button></p>`);
    const [field, list, status, more] = ["input", "select", "[role=status]", ".more button"].map((one) => view.querySelector(one));
    const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim().toLowerCase();

    const show = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      for (const row of body.rows) {
        const cells = [...row.cells].map((cell) => cell.textContent.toLowerCase());
        const text = " " + cells.join(" ").replace(/[^\p{L}\p{N}.]+/gu, " ");
        const hit = words.every((word) => text.includes(" " + word));
        found += hit;
        row.hidden = !hit || (narrow.matches && found > limit);
      }
      more.hidden = !narrow.matches || found <= limit;
      status.textContent = `${found} of ${body.rows.length} claims${more.hidden ? "" : `, ${limit} shown`}`;
    };
    const sort = (column, up) => {
      const head = heads[column], sign = up ? 1 : -1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const numeric = head.dataset.numeric !== undefined;
      const compare = (a, b) => numeric ? sign * (a - b) : sign * a.localeCompare(b, "en", { numeric: true });
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      const [full, empty] = [rows.filter(([value]) => value !== ""), rows.filter(([value]) => value === "")];
      full.sort((a, b) => compare(a[0], b[0]));
      body.append(...[...full, ...empty].map(([, row]) => row));
      show();
    };
    heads.forEach((head, column) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") !== "ascending"));
      head.replaceChildren(button);
    });
    list.addEventListener("change", () => {
      const column = list.selectedIndex - 1;
      // the largest error first
      if (column >= 0) return sort(column, heads[column].dataset.numeric === undefined);
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      body.append(...byId);
      show();
    });
    field.addEventListener("input", () => { limit = step; show(); });
    more.addEventListener("click", () => { limit += step; show(); });
    narrow.addEventListener("change", show);
    addEventListener("beforeprint", () => { limit = Infinity; show(); });
    // a link into the table leads to a row that is shown
    const reach = () => {
      const at = [...body.rows].findIndex((row) => row.id && row.id === location.hash.slice(1));
      if (at >= limit) { limit = at + 1; show(); }
    };
    addEventListener("hashchange", reach);
    show();
    reach();
  }
});
