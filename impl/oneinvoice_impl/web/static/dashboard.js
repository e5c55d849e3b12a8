// Copy buttons: <button data-copy="id of what is copied">. Without JavaScript they are hidden.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
});
document.documentElement.classList.add("js");

// On a narrow screen the pages are a strip; show where we are in it.
const strip = document.querySelector(".side ul");
const current = strip?.querySelector("[aria-current]");
if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - 16;

// Parts that go with the time, [data-live], rest while nobody can see them.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.closest?.("[data-live]")) event.preventDefault();
});

// A form that does something once is sent once, so that its answer, which may show a secret, is not lost to a second
// click. The server holds to it too.
document.addEventListener("submit", (event) => {
  if (!event.target.elements.once) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What was typed into a form is kept in this window where its answer is an error or a login, since the session ended
// meanwhile, and stands in the form again. Nothing is kept that a page hides, and nothing beyond a logout.
const KEPT = "typed";

function typedFields(form) {
  const hidden = ["hidden", "password", "file", "submit", "button"];
  return [...form.elements].filter((field) => field.name && !hidden.includes(field.type));
}

function user() {
  return document.querySelector(".who-text")?.textContent;
}

function keep(typed) {
  if (typed) sessionStorage.setItem(KEPT, JSON.stringify(typed));
  else sessionStorage.removeItem(KEPT);
}

document.addEventListener("submit", ({ target: form }) => {
  const fields = typedFields(form).map(({ name, value, checked }) => ({ name, value, checked }));
  const isOther = form.method !== "post" || fields.length === 0 || document.querySelector("[data-keeps]");
  if (form.action.endsWith("/logout")) keep(null);
  else if (!isOther) keep({ page: location.pathname, action: form.action, fields, user: user() });
});

function restore({ action, fields }) {
  const form = [...document.forms].find((each) => each.action === action);
  const now = form ? typedFields(form) : [];
  if (now.length !== fields.length || now.some((field, index) => field.name !== fields[index].name)) return;
  now.forEach((field, index) => {
    field.value = fields[index].value;
    if ("checked" in field) field.checked = fields[index].checked;
  });
  const note = document.createElement("p");
  note.className = "hint";
  note.setAttribute("role", "status");
  note.textContent = "What you typed before stands here again; look it over, and send it.";
  form.prepend(note);
}

const typed = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
const notice = document.querySelector("[data-keeps]");
if (typed && notice) {
  notice.hidden = false;
  keep({ ...typed, lost: true });
} else if (typed && !typed.lost) {
  keep(null);
} else if (typed?.page === location.pathname) {
  if (typed.user === user()) restore(typed);
  keep(null);
}
