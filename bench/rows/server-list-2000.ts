/** A list of 2,000 small ConfigMaps through the API server, from the request to its last byte. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { listRow } from "../servers.ts";

export const row: Row = listRow(2_000, [{ atMost: 22 / 4 }]);

await runAlone(import.meta.url, row);
