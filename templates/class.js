// Sorts, filters and searches the table of students and checks. Without it all is there, in order.
(() => {
  "use strict";
  const table = document.querySelector(".heat table");
  const place = document.getElementById("tools");
  if (!table || !place) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, order) => {
    const name = row.cells[0].textContent;
    const points = parseFloat(row.cells[1].lastChild.textContent);
    const note = row.cells[1].querySelector("i");
    return {
      row,
      order,
      name,
      folded: name.toLocaleLowerCase(),
      points: Number.isNaN(points) ? -1 : points,
      note: note ? note.textContent : "",
    };
  });
  const checks = [...table.tHead.rows[1].cells].map((cell) => cell.textContent);

  const make = (tag, label, parts) => {
    const field = document.createElement("label");
    const control = document.createElement(tag);
    for (const [value, text] of parts || []) control.append(new Option(text, value));
    field.append(label + " ", control);
    place.append(field);
    return control;
  };
  const search = make("input", "Name");
  search.type = "search";
  const show = make("select", "Show", [
    ["", "all"],
    ["!", "not graded"],
    ["⚑", "flagged"],
    ["?", "waits for a person"],
  ]);
  const failed = make("select", "Did not pass", [
    ["", "any check"],
    ...checks.map((check, number) => [number, check]),
  ]);
  const sort = make("select", "Order", [
    ["order", "by name"],
    ["most", "most points first"],
    ["fewest", "fewest points first"],
    ["note", "to look at first"],
  ]);
  const count = document.createElement("output");
  place.append(count);
  place.hidden = false;

  const by = {
    order: () => 0,
    most: (a, b) => b.points - a.points,
    fewest: (a, b) => a.points - b.points,
    note: (a, b) => (b.note !== "") - (a.note !== ""),
  };
  const update = () => {
    const words = search.value.toLocaleLowerCase();
    const column = failed.value === "" ? -1 : 2 + Number(failed.value);
    const compare = by[sort.value];
    const kept = rows.filter(
      (one) =>
        one.folded.includes(words) &&
        (show.value === "" || one.note === show.value) &&
        (column < 0 || one.row.cells[column].textContent !== "✓"),
    );
    kept.sort((a, b) => compare(a, b) || a.order - b.order);
    body.replaceChildren(...kept.map((one) => one.row));
    count.textContent = `${kept.length} of ${rows.length}`;
  };
  for (const control of [search, show, failed, sort]) control.addEventListener("input", update);
  update();
})();
