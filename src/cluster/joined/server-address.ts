/** Where the API server that a node joins is, as its user names it, and how the two machines see each other. */
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { ApiError } from "../../errors/index.ts";

/** The IP address of the server; what it is called, where that cannot be found out now. */
export async function serverAddress(server: string): Promise<string> {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, "");
  return lookup(host).then(
    ({ address }) => address,
    () => host,
  );
}

/** By which this machine is seen from the server. */
export function ownAddress(server: string): Promise<string> {
  const { hostname: host, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port: Number(port || 443) });
    socket.once("error", reject);
    socket.once("connect", () => {
      const { localAddress = "127.0.0.1" } = socket;
      socket.destroy();
      resolve(localAddress.replace(/^::ffff:/, ""));
    });
  });
}

/** Throws BadRequest for what is no address of a server that shows a certificate. */
export function serverOf(given: string): string {
  const text = given.includes("://") ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.pathname === "/") return url.origin;
  throw new ApiError("BadRequest", `an address like https://host:6443 is wanted to join, not ${given}`);
}
