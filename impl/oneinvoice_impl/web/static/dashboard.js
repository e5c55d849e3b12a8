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
