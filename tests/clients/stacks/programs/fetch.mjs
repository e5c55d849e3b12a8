// fetch of Node, with the check of `ok` that its documentation asks for.

import { headers, main } from "./reading.mjs";

await main(async (url) => {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`Response status: ${response.status}`);
  return response.json();
});
