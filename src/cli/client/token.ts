/** `k4s token`: bootstrap tokens, which are Secrets as kubeadm makes them. */
import { createHash, randomInt, X509Certificate } from "node:crypto";
import { ApiError } from "../../errors/index.ts";
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import { type WhereOptions, whereIs } from "./kubeconfig.ts";

const path = "/api/v1/namespaces/kube-system/secrets";
const type = "bootstrap.kubernetes.io/token";

interface TokenSecret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

export async function tokenCreate(
  options: WhereOptions & { readonly ttl: number; readonly description?: string },
): Promise<void> {
  const { ttl, description } = options;
  const [id, secret] = [chance(6), chance(16)];
  const expiration = new Date(Date.now() + ttl * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  await new Connection(options).json(path, {
    method: "POST",
    body: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `bootstrap-token-${id}` },
      type,
      stringData: {
        "token-id": id,
        "token-secret": secret,
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        ...(ttl > 0 && { expiration }),
        ...(description !== undefined && { description }),
      },
    },
  });
  const { server, ca } = whereIs(options);
  if (!server.startsWith("https:"))
    throw new ApiError(
      "BadRequest",
      `nodes join over TLS, and ${server} is served without: start it without --no-tls`,
    );
  const trust = ca === undefined ? "" : ` --ca-hash ${keyHash(ca)}`;
  if (isOfThisMachine(server))
    process.stderr.write(
      `from another machine: an address of this one stands in the place of ${new URL(server).hostname}, and the cluster listens there (k4s up --listen 0.0.0.0:6443)\n`,
    );
  process.stdout.write(`k4s node --join ${server} --token ${id}.${secret}${trust} --images DIR\n`);
}

export async function tokenList(options: WhereOptions): Promise<void> {
  const query = new URLSearchParams({ fieldSelector: `type=${type}` });
  const { items } = await new Connection(options).json<{ items: TokenSecret[] }>(`${path}?${query}`);
  const rows = items.map(({ data = {} }) => {
    const told = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
    return [told("token-id"), told("expiration") || "never", told("description")];
  });
  process.stdout.write(tableText(["ID", "EXPIRES", "DESCRIPTION"], rows));
}

export async function tokenDelete(ids: readonly string[], options: WhereOptions): Promise<void> {
  const connection = new Connection(options);
  for (const given of ids) {
    const id = given.split(".")[0] ?? "";
    if (!/^[a-z0-9]{6}$/.test(id))
      throw new ApiError("BadRequest", `${JSON.stringify(id)} is no id of a token`);
    await connection.text(`${path}/bootstrap-token-${id}`, { method: "DELETE" });
    process.stdout.write(`token ${id} deleted\n`);
  }
}

function isOfThisMachine(server: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(server).hostname);
}

function chance(length: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** Not that of cluster/: a client that only asks starts without it. */
function keyHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
