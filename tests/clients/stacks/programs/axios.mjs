// axios by itself.

import axios from "axios";
import { headers, main } from "./reading.mjs";

await main(async (url) => (await axios.get(url, { headers })).data);
