"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const save = (name, type, parts) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  // Colours: the choice is kept where the browser allows it.
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const name = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  try { root.dataset.theme = localStorage.getItem("tokstats-theme") || ""; } catch { /* no storage for files */ }
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("tokstats-theme", root.dataset.theme); } catch { /* the same */ }
    name();
  });
  system.addEventListener("change", name);
  name();
  theme.hidden = false;

  // Drawings, as files with colours of their own, which are the light ones.
  const chartStyle = () => {
    const text = document.getElementById("chart-style").textContent;
    const colours = new Map([...text.matchAll(/--([\w-]+):(#\w+)/g)].map((found) => [found[1], found[2]]));
    const rules = text.slice(text.indexOf("}") + 1).replace(/var\(--([\w-]+)\)/g, (_, key) => colours.get(key));
    return { rules, ground: colours.get("ground") };
  };
  for (const button of all("[data-save]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const svg = button.closest("figure").querySelector("svg").cloneNode(true);
      const { rules, ground } = chartStyle();
      const make = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
      const style = make("style");
      style.textContent = rules;
      const rectangle = make("rect");
      rectangle.setAttribute("width", "100%");
      rectangle.setAttribute("height", "100%");
      rectangle.setAttribute("fill", ground);
      svg.prepend(style, rectangle);
      save(button.dataset.save, "image/svg+xml", [new XMLSerializer().serializeToString(svg), "\n"]);
    });
  }

  // Tables: search, filters, order.
  const number = (text) => {
    const plain = text.replace(/[,\s%]/g, "");
    const value = parseFloat(plain.replace(/^[<>]/, ""));
    if (Number.isNaN(value)) return -Infinity;
    return plain[0] === "<" ? value / 2 : plain[0] === ">" ? value + 1e-9 : value;
  };
  const language = new Intl.Collator("en", { numeric: true });
  const folded = (text) => text.normalize("NFC").toLowerCase();

  const equip = (form) => {
    const table = document.getElementById(form.dataset.table);
    const body = table.tBodies[0];
    const heads = all("thead th", table);
    const rows = [...body.rows].map((row) => ({ row, text: "" }));
    const isText = (column) => table.classList.contains(`l${column + 1}`);
    const search = form.querySelector("input");
    const selects = all("select", form);
    const count = form.querySelector("output");
    const cell = (row, column) => row.cells[column].textContent.trim(); // the last one ends with a line break

    const words = (item) => {
      // Line breaks keep a search from matching across cells.
      item.text ||= folded([...item.row.cells].filter((_, column) => isText(column)).map((one) => one.textContent).join("\n"));
      return item.text;
    };
    const fits = (row, select) => {
      if (!select.value) return true;
      if (select.dataset.column) return cell(row, +select.dataset.column) === select.value;
      return !["", "0"].includes(cell(row, +select.value));
    };
    const filter = () => {
      const plain = folded(search.value);
      const wanted = plain.replace(/ /g, "␣"); // as readable texts have it
      let shown = 0;
      for (const item of rows) {
        const found = !plain || words(item).includes(plain) || words(item).includes(wanted);
        const isShown = found && selects.every((select) => fits(item.row, select));
        item.row.hidden = !isShown;
        shown += isShown;
      }
      table.classList.toggle("filtered", shown < rows.length);
      count.value = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    };
    let pending = 0;
    form.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(filter, 80); });
    form.addEventListener("change", filter);
    form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });

    const sort = (column) => {
      const before = heads[column].getAttribute("aria-sort");
      const order = before === "none" ? (isText(column) ? 1 : -1) : before === "ascending" ? -1 : 1;
      for (const head of heads) head.setAttribute("aria-sort", "none");
      heads[column].setAttribute("aria-sort", order > 0 ? "ascending" : "descending");
      const key = isText(column) ? (row) => cell(row, column) : (row) => number(cell(row, column));
      const compare = isText(column) ? language.compare : (one, other) => (one < other ? -1 : +(one > other));
      const keys = new Map(rows.map(({ row }) => [row, key(row)]));
      rows.sort((one, other) => order * compare(keys.get(one.row), keys.get(other.row)));
      body.append(...rows.map(({ row }) => row));
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(column));
      head.append(button);
      head.setAttribute("aria-sort", "none");
    });

    form.querySelector("button").addEventListener("click", () => {
      const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
      const plain = (text, column) => quoted(isText(column) ? text.trim() : text.trim().replace(/,/g, ""));
      const line = (row) => [...row.cells].map((one, column) => plain(one.textContent, column)).join(",");
      const lines = [table.tHead.rows[0], ...rows.map(({ row }) => row).filter((row) => !row.hidden)].map(line);
      save(`${table.id.replace("table-", "")}.csv`, "text/csv;charset=utf-8", [lines.join("\n"), "\n"]);
    });
    form.hidden = false;
    filter();
  };
  all("form.controls").forEach(equip);
})();
