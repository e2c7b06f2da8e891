/** A list of 10,000 small ConfigMaps through the API server, from the request to its last byte. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { listRow } from "../servers.ts";

export const row: Row = listRow(10_000);

await runAlone(import.meta.url, row);
