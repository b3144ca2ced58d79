/* Sets up to four areas of the page's tables side by side; the address keeps which. Without it the tables are whole. */
(() => {
  "use strict";
  const MOST = 4;
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("#pick");
    const areas = new Map();
    for (const row of document.querySelectorAll("main table tbody tr[data-code]")) {
      const name = row.cells[0].querySelector("a")?.textContent ?? row.cells[0].textContent.trim();
      areas.set(row.dataset.code, { code: row.dataset.code, name, row });
    }
    const label = (area) => `${area.name} (${area.code})`;
    const named = (text) => {
      const wanted = text.trim().toLowerCase();
      const all = [...areas.values()];
      return all.find((area) => label(area).toLowerCase() === wanted || area.code.toLowerCase() === wanted)
        ?? all.find((area) => area.name.toLowerCase() === wanted)
        ?? (wanted ? all.find((area) => area.name.toLowerCase().includes(wanted)) : undefined);
    };
    const asked = new URLSearchParams(location.search).get("areas");
    let remembered = "";
    try { remembered = localStorage.getItem("iapt-area") || ""; } catch { /* not allowed */ }
    let picked = (asked === null ? [remembered] : asked.split(","))
      .filter((code, index, all) => areas.has(code) && all.indexOf(code) === index).slice(0, MOST);

    const input = make("input", { id: "pick-area", list: "pick-areas", autocomplete: "off", spellcheck: "false" });
    const list = make("datalist", { id: "pick-areas" }, ...[...areas.values()].map((area) => make("option", { value: label(area) })));
    const add = make("button", { type: "button" }, "Add");
    const said = make("p", { role: "status" });
    const chosen = make("ul", { class: "picked" });
    const result = make("div", {});

    /* Measures down, areas across; a measure that none of them has is left out. */
    const compared = () => {
      const measures = new Map();
      for (const code of picked) {
        const { row } = areas.get(code);
        const heads = [...row.closest("table").tHead.rows[0].cells].slice(1);
        /* The one row without a code; it is not the first any more once the table is sorted. */
        const england = row.closest("tbody").querySelector("tr:not([data-code])");
        heads.forEach((head, index) => {
          const name = head.textContent.trim();
          const cell = row.cells[index + 1];
          if (!cell.textContent.trim() || cell.querySelector(".none")) return;
          const measure = measures.get(name) ?? { england: england.cells[index + 1], cells: new Map() };
          measure.cells.set(code, cell);
          measures.set(name, measure);
        });
      }
      const copy = (cell) => {
        const made = make("td", { class: "number" });
        if (cell) made.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
        else made.append("[u]");
        return made;
      };
      const head = make("tr", {}, make("th", { scope: "col" }, "Measure"),
        ...picked.map((code) => make("th", { scope: "col", class: "number" }, areas.get(code).row.cells[0].querySelector("a")?.cloneNode(true) ?? areas.get(code).name)),
        make("th", { scope: "col", class: "number" }, "England"));
      const body = [...measures].map(([name, measure]) => make("tr", {}, make("th", { scope: "row" }, name),
        ...picked.map((code) => copy(measure.cells.get(code))), copy(measure.england)));
      return make("div", { class: "scroll", role: "region", "aria-label": "Areas side by side", tabindex: "0" },
        make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
    };

    const show = () => {
      chosen.replaceChildren(...picked.map((code) => {
        const remove = make("button", { type: "button", "aria-label": `Take out ${areas.get(code).name}` }, "\u00d7");
        remove.addEventListener("click", () => { picked = picked.filter((one) => one !== code); keep(); input.focus(); });
        return make("li", {}, label(areas.get(code)), " ", remove);
      }));
      result.replaceChildren(...(picked.length ? [compared()] : []));
      add.disabled = picked.length >= MOST;
    };
    const keep = () => {
      const address = new URL(location.href);
      address.search = picked.length ? `?areas=${picked.join(",")}` : "?areas=";
      history.replaceState(null, "", address);
      show();
    };
    const pick = () => {
      const area = named(input.value);
      if (!area) { said.textContent = input.value ? "No area of this name or code" : ""; return; }
      if (picked.includes(area.code)) said.textContent = `${area.name} is there already`;
      else if (picked.length >= MOST) said.textContent = `Take one out first: ${MOST} at a time`;
      else {
        picked.push(area.code);
        said.textContent = `${area.name} added; the address of this page keeps the choice`;
        input.value = "";
        keep();
      }
    };
    add.addEventListener("click", pick);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); pick(); } });
    place.append(make("p", { class: "pick" }, make("label", { for: "pick-area" }, "Area or provider"), input, add, list), said, chosen, result);
    show();
  });
})();
