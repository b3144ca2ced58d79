/* Adds to pages that are complete without it: find my area, tables that sort, tooltips by keyboard. */
(() => {
  "use strict";
  const here = document.currentScript;
  const root = here.dataset.root || "";
  const KEY = "iapt-area";
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const remembered = {
    read() { try { return localStorage.getItem(KEY) || ""; } catch { return ""; } },
    write(code) { try { code ? localStorage.setItem(KEY, code) : localStorage.removeItem(KEY); } catch { /* not allowed */ } },
  };
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  /* The list of organisations is a script of its own, fetched when it is first needed. */
  let loading;
  const areas = () => {
    loading ??= new Promise((resolve) => {
      const script = make("script", { src: `${root}assets/areas.js` });
      script.onload = () => resolve(window.iaptAreas.map((area) => ({
        ...area, words: plain([area.name, area.code, ...area.also].join(" ")),
      })));
      script.onerror = () => resolve([]);
      document.head.append(script);
    });
    return loading;
  };
  const matching = (all, text) => {
    const words = plain(text).split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const exact = plain(text.trim());
    const rank = (area) => plain(area.code) === exact ? 0 : plain(area.name).startsWith(exact) ? 1 : 2;
    return all.filter((area) => words.every((word) => area.words.includes(word)))
      .sort((left, right) => rank(left) - rank(right));
  };

  /* Find my area: a combobox in the page's head; the choice is kept and marked in every chart and table. */
  const box = () => {
    const input = make("input", {
      id: "find", type: "search", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-expanded": "false", "aria-controls": "find-list", "aria-autocomplete": "list",
    });
    const list = make("ul", { id: "find-list", role: "listbox", "aria-label": "Organisations", hidden: "" });
    const said = make("p", { class: "said", role: "status" });
    const label = make("label", { for: "find" }, "Find my area");
    const place = make("div", { class: "find", role: "search" }, label, make("div", { class: "combo" }, input, list), said);
    document.querySelector(".masthead .inner").append(place);
    let found = [];
    let at = -1;
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      at = -1;
    };
    const move = (to) => {
      at = to;
      [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
      const option = list.children[at];
      if (!option) return;
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };
    const choose = (area) => {
      close();
      input.value = area.name;
      remembered.write(area.code);
      mark(area.code, area);
    };
    const search = async () => {
      found = matching(await areas(), input.value).slice(0, 12);
      list.replaceChildren(...found.map((area, index) => {
        const option = make("li", { id: `find-${index}`, role: "option", "aria-selected": "false" }, area.name,
          make("small", {}, ` ${area.code}, ${area.kind}${area.also.length ? `, also ${area.also.join(", ")}` : ""}`));
        option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(area); });
        return option;
      }));
      at = -1;
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
      said.textContent = input.value && !found.length ? "No organisation of this name or code" : "";
    };
    input.addEventListener("focus", areas, { once: true });
    input.addEventListener("input", search);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { if (list.hidden) { input.value = ""; remembered.write(""); mark("", null); } close(); return; }
      if (event.key === "Enter" && found.length && !list.hidden) { event.preventDefault(); choose(found[Math.max(at, 0)]); return; }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      if (list.hidden || !found.length) return;
      move((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + found.length) % found.length);
    });
    return (text, area) => {
      said.replaceChildren(text);
      if (area) said.append(" ", make("a", { href: root + area.page }, "Its page"));
    };
  };

  let say = () => {};
  const mark = (code, area) => {
    for (const element of document.querySelectorAll(".mine")) element.classList.remove("mine");
    if (!code) { say("", null); return; }
    const marks = [...document.querySelectorAll("[data-code]")].filter((element) => element.dataset.code === code);
    for (const element of marks) {
      element.classList.add("mine");
      /* What is drawn last lies on top. */
      if (element instanceof SVGElement && element.parentNode) element.parentNode.append(element);
    }
    const charts = new Set(marks.map((element) => element.closest("figure")).filter(Boolean)).size;
    const rows = marks.filter((element) => element.tagName === "TR").length;
    const n = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;
    say(`${area ? area.name : code}: marked in ${n(charts, "chart")} and ${n(rows, "table row")} of this page.`, area);
  };

  /* Tables sort by any column; the button says in which order they are. */
  const number = (text) => {
    const found = text.replace(/,/g, "").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : Number.NEGATIVE_INFINITY;
  };
  const sortable = (table) => {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 5 || table.querySelector("[colspan]")) return;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = make("button", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const isNumber = head.classList.contains("number");
        const text = (row) => row.cells[column]?.firstChild?.textContent ?? "";
        const compare = (left, right) => isNumber
          ? number(text(left)) - number(text(right)) : text(left).localeCompare(text(right), "en");
        const rows = [...body.rows].sort(compare);
        body.append(...(up ? rows : rows.reverse()));
      });
    });
  };

  /* Marks with a tooltip: one stop of the tab key a chart, arrow keys from mark to mark. */
  const tip = make("div", { class: "tip", hidden: "" });
  const tooltips = (drawing) => {
    const marks = () => [...drawing.querySelectorAll("svg [data-code], svg g, svg circle, svg path")]
      .filter((mark) => mark.firstElementChild?.tagName === "title" && mark.getClientRects().length);
    if (!drawing.querySelector("svg > g > title, svg > * > title, svg g > title")) return;
    const live = make("p", { class: "hidden", "aria-live": "polite" });
    drawing.tabIndex = 0;
    drawing.setAttribute("role", "group");
    drawing.setAttribute("aria-label", "Chart; left and right arrow keys read its marks one by one");
    drawing.append(live);
    let at = -1;
    const clear = () => { tip.hidden = true; drawing.querySelector(".pointed")?.classList.remove("pointed"); };
    drawing.addEventListener("blur", clear);
    drawing.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { clear(); return; }
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      event.preventDefault();
      const all = marks();
      if (!all.length) return;
      at = (at + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length;
      clear();
      const mark = all[at];
      mark.classList.add("pointed");
      const text = mark.firstElementChild.textContent;
      live.textContent = text;
      tip.textContent = text;
      tip.hidden = false;
      const box = mark.getBoundingClientRect();
      const left = Math.min(box.left + box.width / 2, document.documentElement.clientWidth - tip.offsetWidth - 8);
      tip.style.left = `${Math.max(8, left) + scrollX}px`;
      tip.style.top = `${box.bottom + 8 + scrollY}px`;
    });
  };

  /* What an address points at is shown, where it lies folded. */
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest("details:not([open])");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);

  document.addEventListener("DOMContentLoaded", async () => {
    reveal();
    say = box();
    document.querySelectorAll("main table").forEach(sortable);
    document.body.append(tip);
    document.querySelectorAll(".drawing").forEach(tooltips);
    const code = remembered.read();
    if (!code) return;
    const area = (await areas()).find((one) => one.code === code);
    document.querySelector("#find").value = area ? area.name : "";
    mark(area ? code : "", area);
  });
})();
