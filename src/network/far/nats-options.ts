/** How the NATS is reached that carries messages between the processes of a cluster. */
export interface NatsOptions {
  /** Where its servers are: `nats://host:4222`, or `tls://…` where encryption is a must. One is enough, it tells of the others. */
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The file with the credentials of a user (JWT and seed), as `nsc` writes it. */
  readonly creds?: string | undefined;
  /** Files in PEM: whom the server's certificate must be signed by, and the certificate and key that this process shows. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface NatsServers {
  /** Without what is secret in them. */
  readonly servers: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly isEncrypted: boolean;
}

/** What URLs say: also `nats://user:password@host`, of which the client of NATS knows nothing. */
export function natsServers(given: readonly string[]): NatsServers {
  const urls = given.map(each => new URL(each.includes("://") ? each : `nats://${each}`));
  const named = urls.find(({ username }) => username !== "");
  return {
    servers: urls.map(({ protocol, host }) => `${protocol}//${host}`),
    isEncrypted: urls.some(({ protocol }) => protocol === "tls:"),
    ...(named && {
      user: decodeURIComponent(named.username),
      password: decodeURIComponent(named.password),
    }),
  };
}

/** Why that is no address of a NATS server; undefined where it is one. */
export function natsAddressFault(given: unknown): string | undefined {
  const wanted = "must be where a NATS server is: nats://host:4222, or tls://host:4222";
  if (typeof given !== "string" || given === "") return wanted;
  try {
    const { protocol, hostname } = new URL(given.includes("://") ? given : `nats://${given}`);
    return (protocol === "nats:" || protocol === "tls:") && hostname !== "" ? undefined : wanted;
  } catch {
    // No URL at all.
    return wanted;
  }
}
