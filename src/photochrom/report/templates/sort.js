for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const number = (row, column) => Number.parseFloat(row.cells[column].dataset.value);
  for (const [column, head] of heads.entries()) {
    const button = head.querySelector("button");
    if (!button) continue;
    button.addEventListener("click", () => {
      const first = head.dataset.first || "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const compare = (one, two) => {
        if (column === 0) return sign * one.cells[0].textContent.localeCompare(two.cells[0].textContent);
        const [a, b] = [number(one, column), number(two, column)];
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return sign * (a - b);
      };
      body.append(...[...body.rows].sort(compare));
    });
  }
}
