/**
 * Where clients show no secret, whatever reaches the server may do everything. A web page reaches it, too: the browser of who runs
 * the cluster sends its requests, from anywhere. So there what a browser says of a page is looked at, as `kubectl proxy` does:
 * from which site it is (`Origin`, `Sec-Fetch-Site`), and by which name it calls the server, for a site may give its own
 * name this machine's address.
 */
import { isIP } from "node:net";
import { ApiError } from "../errors/index.ts";
import type { HttpRequest } from "./answer.ts";

/**
 * Throws Forbidden for a request of a web page of another site.
 * @param hosts the names by which the server is called; addresses always do
 */
export function assertNoForeignPage(
  { headers }: Pick<HttpRequest, "headers">,
  hosts: readonly string[],
): void {
  const host = String(headers.host ?? headers[":authority"] ?? "");
  const name = hostnameOf(`http://${host}`);
  if (host !== "" && !(isAddress(name) || hosts.includes(name)))
    throw foreign(`the server is not called ${JSON.stringify(host)}`);
  const { origin } = headers;
  if (origin !== undefined && hostOf(String(origin)) !== host)
    throw foreign(`a page of ${JSON.stringify(origin)} may not ask`);
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw foreign("a page of another site may not ask");
}

function foreign(why: string): ApiError {
  return new ApiError(
    "Forbidden",
    `${why}, for this server is open to all who reach it: it has no TLS, so none shows a secret`,
  );
}

/** No site can give its name to an address. */
function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

/** Without the port, in lower case; "" for what is no URL. */
function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** With the port, where it is not the usual one; undefined for what is no URL, such as `null`. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
