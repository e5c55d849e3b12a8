"use strict";
(() => {
  const form = document.querySelector(".filter");
  const rows = [...document.querySelectorAll(".requirement")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const shown = form.querySelector(".shown");

  function filter() {
    const outcomes = new Set([...form.querySelectorAll("[name=outcome]:checked")].map((box) => box.value));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const area = form.elements.area.value;
    for (const row of rows) {
      const wanted = outcomes.has(row.dataset.outcome) && (!area || row.dataset.area === area);
      row.hidden = !(wanted && words.every((word) => texts.get(row).includes(word)));
    }
    for (const group of document.querySelectorAll(".group")) {
      group.hidden = !group.querySelector(".requirement:not([hidden])");
    }
    const count = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${count} of ${rows.length} shown`;
    document.querySelector(".nothing").hidden = count > 0;
  }

  function openAll(open) {
    for (const row of rows) row.open = open && !row.hidden;
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || target.tagName !== "DETAILS") return;
    if (target.hidden) {
      form.reset();
      filter();
    }
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  }

  function addCopyButtons() {
    if (!navigator.clipboard) return;
    for (const box of document.querySelectorAll(".curl")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    }
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.open.addEventListener("click", () => openAll(true));
  form.elements.close.addEventListener("click", () => openAll(false));
  window.addEventListener("hashchange", follow);
  addCopyButtons();
  filter();
  follow();
})();
