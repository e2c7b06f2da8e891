/** The bytes of these messages were written by protobufjs from the specification's csi.proto. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { calls } from "./messages.ts";
import { decode, encode, type FieldType, type Message, type MessageType } from "./wire.ts";

const create: Message = {
  name: "pvc-1",
  capacity_range: { required_bytes: 1_073_741_824 },
  volume_capabilities: [
    { mount: { fs_type: "ext4", mount_flags: ["ro", "noatime"] }, access_mode: { mode: 1 } },
  ],
  parameters: { a: "ü" },
  volume_content_source: { snapshot: { snapshot_id: "s" } },
};
const createBytes =
  "0a057076632d3112060880808080041a1912130a04657874341202726f12076e6f6174696d651a02080122070a01611202c3bc32050a030a0173";

test("a request is written as another program writes it, and read again", () => {
  const { request } = calls.CreateVolume;
  expect(encode(request, create).toString("hex")).toBe(createBytes);
  expect(decode(request, Buffer.from(createBytes, "hex"))).toEqual(create);
});

test.each<[string, MessageType, string, Message]>([
  [
    "a snapshot",
    calls.CreateSnapshot.answer,
    "0a1408051201731a017622080880e2cfaa0610052801",
    {
      snapshot: {
        size_bytes: 5,
        snapshot_id: "s",
        source_volume_id: "v",
        creation_time: { seconds: 1_700_000_000, nanos: 5 },
        ready_to_use: true,
      },
    },
  ],
  [
    "fields that are not known here are passed over",
    calls.NodePublishVolume.request,
    "0a017612060a01641201781a022f7322022f742a0612001a02080530013a0b0a016b120668696464656e42060a016112013142050a01621200",
    {
      volume_id: "v",
      publish_context: { d: "x" },
      staging_target_path: "/s",
      target_path: "/t",
      volume_capability: { mount: {}, access_mode: { mode: 5 } },
      readonly: true,
      secrets: { k: "hidden" },
      volume_context: { a: "1", b: "" },
    },
  ],
  [
    "a number below nought",
    calls.NodeGetInfo.answer,
    "0a016e10ffffffffffffffffff011a080a060a017a120131",
    { node_id: "n", max_volumes_per_node: -1, accessible_topology: { segments: { z: "1" } } },
  ],
])("%s", (_, type, bytes, message) => {
  expect(decode(type, Buffer.from(bytes, "hex"))).toEqual(message);
});

test("what is cut off anywhere, or is no message, is a RangeError or a message, and never hangs", () => {
  const bytes = Buffer.from(createBytes, "hex");
  expect(() => decode(calls.CreateVolume.request, bytes.subarray(0, 10))).toThrow(RangeError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), given => {
      try {
        decode(calls.CreateVolume.request, given);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test("a message of more parts than any driver has is refused, and not read to its end", () => {
  const type: MessageType = { texts: [1, { repeated: "string" }] };
  const texts = Array.from({ length: 10_000 }, () => "a");
  expect(decode(type, encode(type, { texts }))).toEqual({ texts });
  const many = encode(type, { texts: [...texts, "a"] });
  expect(() => decode(type, many)).toThrow("the message has more than 10000 parts");
  // Within another message, too, and where each takes the place of the one before.
  const outer: MessageType = { inner: [1, { message: type }] };
  const empty = Buffer.from("0a00".repeat(10_001), "hex");
  expect(() => decode(outer, empty)).toThrow(RangeError);
  const nested = encode(outer, { inner: { texts: [...texts, "a"] } });
  expect(() => decode(outer, nested)).toThrow("the message has more than 10000 parts");
});

const deep: FieldType = { repeated: { message: { text: [1, "string"], much: [2000, "integer"] } } };
test("whatever is written is read again", () => {
  const type: MessageType = {
    on: [1, "bool"],
    texts: [3, { repeated: "string" }],
    map: [4, "map"],
    deep: [17, deep],
  };
  const inner = fc.record({
    text: fc.string({ minLength: 1 }),
    much: fc.maxSafeInteger().filter(n => n !== 0),
  });
  const given = fc.record({
    on: fc.constant(true),
    texts: fc.array(fc.string(), { minLength: 1 }),
    map: fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }),
    deep: fc.array(inner, { minLength: 1 }),
  });
  fc.assert(
    fc.property(given, message => {
      expect(decode(type, encode(type, message))).toEqual(message);
    }),
  );
});
