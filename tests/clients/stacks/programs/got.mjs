// got, which retries by default.

import got from "got";
import { headers, main } from "./reading.mjs";

await main((url) => got(url, { headers }).json());
