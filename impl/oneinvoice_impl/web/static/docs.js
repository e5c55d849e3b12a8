// The authored document, drawn by Swagger UI.
const place = document.getElementById("docs");
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);

// What Swagger UI leaves without a name, or out of reach of the keyboard.
const NAMES = {
  "#servers": "Server",
  ".examples-select-element": "Example",
  ".content-type": "Media type",
  ".parameters select, .parameters input": "Value",
  ".close-modal": "Close",
};
const amend = () => {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const element of place.querySelectorAll(selector)) {
      if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name);
    }
  }
  for (const text of place.querySelectorAll("pre:not([tabindex])")) text.tabIndex = 0;
  // The page has a main part already.
  place.querySelector("main:not([role])")?.setAttribute("role", "group");
};
new MutationObserver(amend).observe(place, { childList: true, subtree: true });

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  validatorUrl: null,
  supportedSubmitMethods: ["get"],
  defaultModelsExpandDepth: 0,
});
