// axios with axios-retry and its exponential delay.

import axios from "axios";
import axiosRetry from "axios-retry";
import { headers, main } from "./reading.mjs";

axiosRetry(axios, { retries: 3, retryDelay: axiosRetry.exponentialDelay });

await main(async (url) => (await axios.get(url, { headers })).data);
