// axios with axios-retry, as the first example of its documentation has it.

import axios from "axios";
import axiosRetry from "axios-retry";
import { headers, main } from "./reading.mjs";

axiosRetry(axios, { retries: 3 });

await main(async (url) => (await axios.get(url, { headers })).data);
