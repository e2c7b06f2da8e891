/** Programs that connect, and show addresses: wget, curl, nc, nslookup, ip, ifconfig, ping. Names of the cluster are known to them. */
import type { ExecWorld } from "../../../worker/index.ts";
import { type Invocation, type Program, print } from "../../program.ts";
import { optionsIn } from "../options.ts";
import { ifconfig, ip, ping } from "./addresses.ts";
import { connect, UnknownHost } from "./connect.ts";
import { curl } from "./curl.ts";
import { withTimeout } from "./http-request.ts";
import { wget } from "./wget.ts";

type NetworkProgram = (call: Invocation, world: ExecWorld) => Promise<number>;

async function nc({ args, stdin, stdout, stderr, signal }: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(args, ["z", "v", "n", "w:", "q:"]);
  const [host = "", port = ""] = rest;
  try {
    const socket = await connect(host, Number(port), withTimeout(signal, values.get("w")));
    if (flags.has("v")) await print(stderr, `${host} (${host}:${port}) open\n`);
    if (!flags.has("z")) {
      stdin.pipe(socket);
      for await (const piece of socket) await print(stdout, piece as Buffer);
    }
    socket.destroy();
    return 0;
  } catch (error) {
    if (signal.aborted) throw error;
    const why =
      error instanceof UnknownHost ? error.message : `${host} (${host}:${port}): Connection refused`;
    if (flags.has("v") || error instanceof UnknownHost) await print(stderr, `nc: ${why}\n`);
    return 1;
  }
}

async function nslookup({ args, stdout }: Invocation, world: ExecWorld): Promise<number> {
  const [name = ""] = args.filter(arg => !arg.startsWith("-"));
  const found = await world.lookUp(name);
  const alias = found?.outside;
  const isInside = found && alias === undefined;
  const addresses = isInside ? found.addresses : await addressesOutside(alias ?? name);
  await print(stdout, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n");
  if (addresses.length === 0) {
    await print(stdout, `** server can't find ${name}: NXDOMAIN\n\n`);
    return 1;
  }
  for (const address of addresses)
    await print(stdout, `Name:\t${found?.name ?? name}\nAddress: ${address}\n`);
  await print(stdout, "\n");
  return 0;
}

async function addressesOutside(name: string): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    // A name that nobody knows is an answer.
    return [];
  }
}

const programs: ReadonlyMap<string, NetworkProgram> = new Map<string, NetworkProgram>([
  ["curl", curl],
  ["ifconfig", ifconfig],
  ["ip", ip],
  ["nc", nc],
  ["nslookup", nslookup],
  ["ping", ping],
  ["wget", wget],
]);

export const networkNames: readonly string[] = [...programs.keys()];

export function networkProgram(name: string, world: ExecWorld): Program | undefined {
  const program = programs.get(name);
  return program && (call => program(call, world));
}
