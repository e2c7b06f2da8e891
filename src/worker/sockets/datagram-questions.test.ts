import { expect, it } from "vitest";
import { bindQuestion, sendQuestion } from "./datagram-questions.ts";

const call = () => {};
const bytes = Buffer.from("0123456789");
const to = (port: number, host = "127.0.0.1") => ({ port, host });

it.each<[what: string, args: readonly unknown[], port: number | undefined, address?: string]>([
  ["nothing", [], 0],
  ["a port", [53], 53],
  ["a port as a text", ["53"], 53],
  ["a port and an address", [53, "0.0.0.0"], 53, "0.0.0.0"],
  ["a callback alone", [call], 0],
  ["a port, an address and a callback", [53, "::", call], 53, "::"],
  ["options", [{ port: 53, address: "127.0.0.1", exclusive: true }], 53, "127.0.0.1"],
  ["what Node asks when it sends", [{ port: 0, exclusive: true }, null], 0],
  ["a descriptor", [{ fd: 3 }], undefined],
  ["no port", [70_000], undefined],
])("bind: %s", (_, args, port, address) => {
  const asked = bindQuestion(args);
  expect([asked?.port, asked?.address]).toEqual([port, address]);
  expect(asked?.callback).toBe(asked && args.includes(call) ? call : undefined);
});

it.each<[what: string, args: readonly unknown[], body: string | undefined, to?: object]>([
  ["a text", ["hello", 53, "names"], "hello", to(53, "names")],
  ["bytes", [bytes, 53, "names", call], "0123456789", to(53, "names")],
  ["several", [["a", bytes, new Uint8Array([33])], 53, "names"], "a0123456789!", to(53, "names")],
  ["without an address", ["hello", 53], "hello", to(53)],
  ["without an address, with a callback", ["hello", 53, call], "hello", to(53)],
  ["a part", [bytes, 2, 3, 53, "names"], "234", to(53, "names")],
  ["a part without an address", [bytes, 2, 3, 53, call], "234", to(53)],
  ["a view of a part", [new Uint8Array(bytes.buffer, bytes.byteOffset + 1, 2), 53], "12", to(53)],
  ["a part that is outside", [bytes, 8, 3, 53, "names"], undefined],
  ["no message", [17, 53, "names"], undefined],
  ["no port", ["hello", 0, "names"], undefined],
  ["to what Node has connected", ["hello", call], undefined],
  ["a part to what Node has connected", [bytes, 2, 3], undefined],
])("send: %s", (_, args, body, where) => {
  const asked = sendQuestion(args, false, "127.0.0.1");
  expect(asked?.body.toString()).toBe(body);
  expect(asked?.to).toEqual(where);
  expect(asked?.callback).toBe(asked && args.includes(call) ? call : undefined);
});

it.each<[what: string, args: readonly unknown[], body: string]>([
  ["a text", ["hello"], "hello"],
  ["with a callback", ["hello", call], "hello"],
  ["a part", [bytes, 2, 3], "234"],
  ["a part with a callback", [bytes, 2, 3, call], "234"],
])("send, connected: %s", (_, args, body) => {
  expect(sendQuestion(args, true, "127.0.0.1")).toEqual({
    body: Buffer.from(body),
    to: undefined,
    callback: args.includes(call) ? call : undefined,
  });
});
