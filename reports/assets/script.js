/* Adds to pages that are complete without it: the search, tables that sort, tooltips by keyboard, copying. */
(() => {
  "use strict";
  const root = document.currentScript.dataset.root || "";
  /* A page that has moved takes along which part of it was asked for. */
  const moved = document.documentElement.dataset.movedTo;
  if (moved) { location.replace(moved + location.hash); return; }
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

  /* A name without its spaces, so that "Steps 2 Wellbeing" and "Steps to Wellbeing" are Steps2Wellbeing. */
  const unspaced = (text) => text.replaceAll("2", "to").replace(/[^a-z0-9]+/g, "");

  /* The list of organisations is a script of its own, fetched when it is first needed. */
  let loading;
  const areas = () => {
    loading ??= new Promise((resolve) => {
      const script = make("script", { src: `${root}assets/areas.js` });
      script.onload = () => resolve(window.iaptAreas.map((area) => {
        const texts = [area.name, area.code, ...area.also, ...area.words].map(plain);
        return { ...area, texts, parts: new Set(texts.flatMap((text) => text.split(/[^a-z0-9]+/)).filter(Boolean)) };
      }));
      script.onerror = () => resolve([]);
      document.head.append(script);
    });
    return loading;
  };

  /* Letters that have to be changed, added, left out or swapped to make one word of another; no more than `most` are counted. */
  const distance = (left, right, most) => {
    if (Math.abs(left.length - right.length) > most) return most + 1;
    let before = [];
    let last = Array.from({ length: right.length + 1 }, (_, index) => index);
    for (let i = 1; i <= left.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= right.length; j += 1) {
        const same = left[i - 1] === right[j - 1] ? 0 : 1;
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
        if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      [before, last] = [last, row];
    }
    return last[right.length];
  };
  /* How well a typed word fits a place: 0 a word of it, 1 the beginning of one, 2 a part, 3 a typing error; none. */
  const fit = (word, area) => {
    if (area.parts.has(word)) return 0;
    const parts = [...area.parts];
    if (parts.some((part) => part.startsWith(word))) return 1;
    if (word.length > 2 && area.texts.some((text) => text.includes(word))) return 2;
    const most = word.length < 5 ? 0 : word.length < 9 ? 1 : 2;
    if (most && parts.some((part) => part.length > 3 && Math.min(distance(word, part, most), distance(word, part.slice(0, word.length), most)) <= most)) return 3;
    return -1;
  };
  /* Words that are in the names of many services, and are left out where nothing fits with them; then services go before areas. */
  const COMMON = new Set(["nhs", "talking", "therapies", "therapy", "iapt", "psychological", "service", "services"]);
  /* What is there goes before what was, the whole name before a word of it, areas before services. */
  const matching = (all, text) => {
    const typed = plain(text).trim();
    const words = typed.split(/[^a-z0-9]+/).filter(Boolean);
    if (!words.length) return [];
    const found = [];
    const joined = unspaced(typed);
    for (const area of all) {
      let fits = words.map((word) => fit(word, area));
      if (fits.includes(-1) && joined.length > 5 && area.texts.some((text) => unspaced(text).includes(joined))) fits = [2];
      if (fits.includes(-1)) continue;
      const names = [area.name, area.code, ...area.words, ...area.also].map(plain);
      const whole = names.includes(typed) ? 0 : plain(area.name).startsWith(typed) ? 1 : 2;
      const inName = words.every((word) => plain(area.name).includes(word)) ? 0 : 1;
      found.push([plain(area.code) === typed ? 0 : 1, Math.max(...fits) === 3 ? 1 : 0, area.ended ? 1 : 0, whole, inName, Math.max(...fits), found.length, area]);
    }
    found.sort((left, right) => {
      for (let key = 0; key < 7; key += 1) if (left[key] !== right[key]) return left[key] - right[key];
      return 0;
    });
    /* A typing error is thought of only where nothing is called what was typed. */
    return found.filter((one) => one[5] < 3 || found[0][5] === 3).map((one) => one[7]);
  };
  const CAN = "Type a town, an area, a service or an NHS code; postcodes cannot be searched.";
  const isPostcode = (text) => /^[a-z]{1,2}\d[a-z\d]?(\s*\d[a-z]{2})?$/i.test(text.trim());

  /* A combobox of places: what is typed finds some, and `choose` is told which one is taken. */
  const combobox = (id, choose) => {
    const input = make("input", {
      id, type: "search", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
    });
    const list = make("ul", { id: `${id}-list`, role: "listbox", "aria-label": "Places", hidden: "" });
    const said = make("p", { class: "said", role: "status" });
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
    const go = (area) => { close(); choose(area); };
    const why = (area) => {
      const typed = plain(input.value).trim();
      const names = [...area.words, ...area.also].filter((name) => plain(name).includes(typed) && !plain(area.name).includes(typed));
      const also = names.length ? `, ${area.words.includes(names[0]) ? "for" : "once"} ${names[0]}` : "";
      return ` ${area.code}, ${area.kind}${area.ended ? `, until ${area.ended}` : ""}${also}`;
    };
    const search = async () => {
      const typed = input.value;
      const all = await areas();
      if (typed !== input.value) return;
      found = matching(all, typed);
      if (!found.length) {
        const rest = matching(all, typed.split(/\s+/).filter((word) => !COMMON.has(plain(word))).join(" "));
        const isService = (area) => area.page.includes("/provider/");
        found = [...rest.filter(isService), ...rest.filter((area) => !isService(area))];
      }
      found = found.slice(0, 10);
      list.replaceChildren(...found.map((area, index) => {
        const option = make("li", { id: `${id}-${index}`, role: "option", "aria-selected": "false" }, area.name, make("small", {}, why(area)));
        option.addEventListener("mousedown", (event) => { event.preventDefault(); go(area); });
        return option;
      }));
      at = -1;
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
      said.textContent = !typed.trim() || found.length ? ""
        : isPostcode(typed) ? `${typed.trim().toUpperCase()} looks like a postcode. ${CAN}` : `Nothing is called “${typed.trim()}”. ${CAN}`;
    };
    input.addEventListener("focus", areas, { once: true });
    input.addEventListener("input", search);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", async (event) => {
      if (event.key === "Escape") { if (list.hidden) input.value = ""; close(); return; }
      if (event.key === "Enter") {
        event.preventDefault();
        if (!input.value.trim()) return;
        if (list.hidden) await search();
        if (found.length) go(found[Math.max(at, 0)]);
        return;
      }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      if (list.hidden || !found.length) return;
      move((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + found.length) % found.length);
    });
    return { input, said, combo: make("div", { class: "combo" }, input, list) };
  };

  /* The search goes to the page of a place, and remembers the place, which is marked in charts and tables. */
  const box = () => {
    const { input, said, combo } = combobox("find", (area) => {
      input.value = area.name;
      remembered.write(area.code);
      location.href = root + area.page;
    });
    const label = make("label", { for: "find" }, "Find a place");
    const place = make("div", { class: "find", role: "search" }, label, combo, said);
    const here = document.querySelector(".find-here");
    if (here) {
      label.textContent = "Your town, area or service";
      here.replaceWith(place);
    } else {
      document.querySelector(".masthead .inner").append(place);
    }
    return (area) => {
      if (!area) { said.replaceChildren(); return; }
      const forget = make("button", { type: "button", class: "quiet" }, "forget");
      forget.addEventListener("click", () => { remembered.write(""); mark(""); said.replaceChildren(); });
      said.replaceChildren("Your place: ", make("a", { href: root + area.page }, area.name), " ", forget);
    };
  };

  const mark = (code) => {
    for (const element of document.querySelectorAll(".mine")) element.classList.remove("mine");
    if (!code) return;
    const marks = [...document.querySelectorAll("[data-code]")].filter((element) => element.dataset.code === code);
    for (const element of marks) {
      element.classList.add("mine");
      /* What is drawn last lies on top. */
      if (element instanceof SVGElement && element.parentNode) element.parentNode.append(element);
    }
  };

  /* Copying: the address of a chart, of the page, and what a chart is embedded with. */
  const own = () => document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
  const copying = (text, words) => {
    const button = make("button", { type: "button", class: "quiet" }, words);
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(text()); button.textContent = "copied"; } catch { window.prompt(words, text()); }
      setTimeout(() => { button.textContent = words; }, 2000);
    });
    return button;
  };
  /* A button and the sign behind it stay in one line. */
  const together = (button, sign) => make("span", { class: "together" }, button, sign);
  const sharing = () => {
    const cited = document.querySelector(".citation");
    if (cited) {
      cited.querySelector(".own-address").textContent = own();
      cited.after(make("p", { class: "sharing" }, together(copying(() => cited.textContent, "copy the citation"), ","), " ", copying(own, "copy the address")));
    }
    for (const place of document.querySelectorAll(".downloads")) {
      const svg = place.querySelector("a[href$='.svg']");
      if (!svg) continue;
      let before = [". Share: "];
      /* Where no server is, a browser refuses to draw a file into a picture. */
      if (location.protocol.startsWith("http")) {
        const picture = make("button", { type: "button", class: "quiet" }, "the picture (PNG)");
        picture.addEventListener("click", () => png(svg.href));
        before = [", ", together(picture, "."), " Share: "];
      }
      const id = svg.getAttribute("href").split("/").pop().replace(/\.svg$/, "");
      const figure = document.getElementById(id) || [...document.querySelectorAll("figure")].find((one) => id.endsWith(one.id));
      if (!figure) { place.append(...before.slice(0, -1)); continue; }
      const address = () => `${own()}#${figure.id}`;
      const title = figure.querySelector(".finding").firstChild.textContent.trim();
      const escaped = title.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
      place.append(...before, together(copying(address, "copy the address"), ","), " ",
        copying(() => `<a href="${address()}"><img src="${new URL(svg.getAttribute("href"), own()).href}" alt="${escaped}"></a>`, "copy code to embed it"));
    }
  };
  const png = (address) => {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = make("canvas", { width: String(image.naturalWidth * 2), height: String(image.naturalHeight * 2) });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const link = make("a", { href: canvas.toDataURL("image/png"), download: address.split("/").pop().replace(/svg$/, "png") });
      link.click();
    });
    image.src = address;
  };

  /* The name of a figure, as `FigureName` of the program has it: written from a row, read, and as an address spells it. `2024-25` is a
     year, `2024-05` a month. */
  const MONTHS = "_months";
  const figureName = {
    of: (row) => {
      const months = row.period_kind === "sum_of_months" ? MONTHS : "";
      const total = `${row.indicator}.${row.reporting_period}${months}.${row.level}.${row.org_code}`;
      return row.breakdown === "total" ? total : `${total}.${row.breakdown}.${row.category}`;
    },
    parts: (name) => {
      const [indicator, written, level, code, by = "total"] = name.split(".");
      const period = written.replace(MONTHS, "");
      const [year, last] = period.split("-").map((part) => parseInt(part, 10));
      const kind = written !== period ? "sum_of_months" : last === (year + 1) % 100 ? "year" : "month";
      return { indicator, period, kind, level, code, by };
    },
    anchor: (name) => name.replace(/[^\p{L}\p{N}._-]/gu, "_"),
  };

  /* Every chart leads to the page that explores the same figures. Cells carry the names of figures; a chart that draws other
     tables stands in a section whose cells do, or is named after what it draws. */
  const MANY = 8;
  const explored = (figure) => {
    const names = (place) => [...place.querySelectorAll("[data-figure]")].map((cell) => cell.dataset.figure).filter(Boolean);
    const own = names(figure);
    const of = own.length ? own : names(figure.closest("section") ?? figure);
    const named = figure.id.match(/^(.+?)-(sub-icb|icb|region|provider)-/);
    const word = (text) => text.replaceAll("-", "_");
    if (!of.length && named) return `indicator=${word(named[1])}&level=${word(named[2])}`;
    const all = (of.length ? of : names(document)).map(figureName.parts);
    if (!all.length) return "";
    const [{ indicator, kind, by }] = all;
    const some = all.filter((name) => name.indicator === indicator);
    const years = some.map((name) => name.period).sort();
    const places = [...new Set(some.filter((name) => name.level !== "england").map((name) => `${name.level}.${name.code}`))];
    const choice = new URLSearchParams({ indicator, kind });
    if (places.length > MANY) choice.set("level", places[0].split(".")[0]);
    else choice.set("places", places.join(","));
    if (by !== "total") choice.set("by", by);
    choice.set("from", years[0]);
    choice.set("to", years[years.length - 1]);
    return String(choice);
  };
  const exploring = () => {
    for (const figure of document.querySelectorAll("main figure[id]")) {
      const choice = explored(figure);
      if (choice) figure.querySelector("figcaption .about")?.append(" ", make("a", { class: "to-explore", href: `${root}explore.html#${choice}` }, "Explore these figures"));
    }
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
    let folded = target?.closest("details:not([open])");
    if (!folded) return;
    for (; folded; folded = target.closest("details:not([open])")) folded.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);

  /* For the page that explores. */
  window.iapt = { root, make, areas, combobox, copying, figureName, own, remembered, sortable, tooltips };

  document.addEventListener("DOMContentLoaded", async () => {
    reveal();
    const say = box();
    document.querySelectorAll("main table").forEach(sortable);
    document.body.append(tip);
    document.querySelectorAll(".drawing").forEach(tooltips);
    sharing();
    exploring();
    const code = remembered.read();
    if (!code) return;
    const area = (await areas()).find((one) => one.code === code);
    mark(area ? code : "");
    say(area);
  });
})();
