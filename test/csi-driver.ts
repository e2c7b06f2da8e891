/**
 * A storage driver in a process of its own: folders in the folder that it is given, served by CSI's gRPC on the socket that it is given. The
 * parameters of a class tell it to be full (`full`), or never to answer (`hangs`). With a third argument, `writers`, it tells one writing pod of a node from several. It writes the calls that it gets to its output, a line each.
 */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type CallName, calls } from "../src/storage/csi/messages.ts";
import { decode, encode, type Message } from "../src/storage/csi/wire.ts";

const [, , folder = "", socket = "", tells = ""] = process.argv;
const volumeAt = (id: unknown) => join(folder, "volumes", String(id));
const snapshotAt = (id: unknown) => join(folder, "snapshots", String(id));

class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const types = (...numbers: readonly number[]) => ({
  capabilities: numbers.map(type => ({ rpc: { type } })),
});

const answers: Readonly<Record<CallName, (request: Message) => Message | "never">> = {
  GetPluginInfo: () => ({ name: "disk.csi.example.com", vendor_version: "1" }),
  GetPluginCapabilities: () => ({ capabilities: [{ service: { type: 1 } }] }),
  Probe: () => ({ ready: { value: true } }),
  ControllerGetCapabilities: () => types(1, 2, 5, 9, ...(tells ? [13] : [])),
  NodeGetCapabilities: () => types(1, 3, ...(tells ? [5] : [])),
  NodeGetInfo: () => ({ node_id: "machine-7", max_volumes_per_node: 3 }),
  CreateVolume: ({ name, capacity_range, parameters, volume_content_source: source }) => {
    const { hangs, full } = (parameters ?? {}) as Readonly<Record<string, string>>;
    if (hangs) return "never";
    if (full) throw new Refusal(8, "no space left");
    const { snapshot, volume } = (source ?? {}) as { snapshot?: Message; volume?: Message };
    if (!existsSync(volumeAt(name))) {
      if (snapshot) cpSync(snapshotAt(snapshot.snapshot_id), volumeAt(name), { recursive: true });
      else if (volume) cpSync(volumeAt(volume.volume_id), volumeAt(name), { recursive: true });
      else mkdirSync(volumeAt(name), { recursive: true });
    }
    const { required_bytes = 0 } = capacity_range as Message;
    return { volume: { volume_id: name, capacity_bytes: required_bytes, volume_context: { kept: "yes" } } };
  },
  DeleteVolume: ({ volume_id }) => {
    rmSync(volumeAt(volume_id), { recursive: true, force: true });
    return {};
  },
  ControllerPublishVolume: ({ node_id }) => ({ publish_context: { at: `/dev/${node_id}` } }),
  ControllerUnpublishVolume: () => ({}),
  ControllerExpandVolume: ({ capacity_range }) => ({
    capacity_bytes: (capacity_range as Message).required_bytes,
    node_expansion_required: true,
  }),
  CreateSnapshot: ({ source_volume_id, name }) => {
    cpSync(volumeAt(source_volume_id), snapshotAt(name), { recursive: true });
    const creation_time = { seconds: 1_700_000_000, nanos: 5 };
    return {
      snapshot: { snapshot_id: name, source_volume_id, creation_time, ready_to_use: true, size_bytes: 1024 },
    };
  },
  DeleteSnapshot: ({ snapshot_id }) => {
    rmSync(snapshotAt(snapshot_id), { recursive: true, force: true });
    return {};
  },
  NodeStageVolume: ({ volume_id, publish_context, volume_context }) => {
    const at = (publish_context as Readonly<Record<string, string>> | undefined)?.at;
    const kept = (volume_context as Readonly<Record<string, string>> | undefined)?.kept;
    if (at !== "/dev/machine-7" || kept !== "yes") throw new Refusal(3, "contexts are missing");
    if (!existsSync(volumeAt(volume_id))) throw new Refusal(5, "no such volume");
    return {};
  },
  NodeUnstageVolume: () => ({}),
  NodePublishVolume: ({ volume_id, target_path }) => {
    rmSync(String(target_path), { force: true });
    symlinkSync(volumeAt(volume_id), String(target_path));
    return {};
  },
  NodeUnpublishVolume: ({ target_path }) => {
    rmSync(String(target_path), { force: true });
    return {};
  },
  NodeExpandVolume: ({ capacity_range }) => ({ capacity_bytes: (capacity_range as Message).required_bytes }),
};

mkdirSync(join(folder, "snapshots"), { recursive: true });
const server = createServer();
server.on("stream", async (stream: ServerHttp2Stream, headers) => {
  const name = String(headers[":path"]).split("/").at(-1) as CallName;
  // Who asked has gone.
  stream.on("error", () => {});
  const body = await buffer(stream);
  process.stdout.write(`${name}\n`);
  const { request, answer } = calls[name];
  let content = Buffer.alloc(0);
  let trailers: Record<string, string> = { "grpc-status": "0" };
  try {
    const asked = decode(request, body.subarray(5));
    const capabilities = [asked.volume_capability, asked.volume_capabilities].flatMap(
      each => each ?? [],
    ) as Message[];
    for (const { access_mode } of capabilities) {
      const { mode } = access_mode as Message;
      process.stdout.write(`${name} ${mode}\n`);
    }
    const answered = answers[name](asked);
    if (answered === "never") return;
    content = Buffer.from(encode(answer, answered));
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 13;
    trailers = { "grpc-status": String(code), "grpc-message": encodeURIComponent((error as Error).message) };
  }
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(content.length, 1);
  stream.end(trailers["grpc-status"] === "0" ? Buffer.concat([head, content]) : undefined);
});
server.listen(socket, () => process.stdout.write("listens\n"));
