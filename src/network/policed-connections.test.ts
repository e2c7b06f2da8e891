import fc from "fast-check";
import { expect, test } from "vitest";
import { PolicedConnections } from "./policed-connections.ts";

/** @param isDenied by the address of a client */
function followed(isDenied: (client: string) => boolean) {
  let change = () => {};
  const connections = new PolicedConnections({
    policies: {
      onChange: listener => {
        change = () => listener("all");
        return () => true;
      },
    },
    denied: client => (isDenied(client) ? "a policy" : undefined),
    clock: { soon: run => run() },
  });
  connections.start();
  return { connections, change: () => change() };
}

const endpoint = { address: "10.0.0.1", port: 80 };

test("ends those that are denied and still followed, each once, whoever has left before and in which order", () => {
  const follows = fc.record({ isDenied: fc.boolean(), leaves: fc.boolean(), turn: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(follows, { maxLength: 40 }), all => {
      const denied = new Set(all.flatMap(({ isDenied }, n) => (isDenied ? [`${n}`] : [])));
      const { connections, change } = followed(client => denied.has(client));
      const ended: string[] = [];
      const leaving = all.map(({ leaves, turn }, n) => {
        const leave = connections.follow(`${n}`, endpoint, () => {
          ended.push(`${n}`);
          leave();
        });
        return { leaves, turn, leave };
      });
      for (const { leaves, leave } of leaving.toSorted((one, other) => one.turn - other.turn)) {
        if (!leaves) continue;
        leave();
        // A second time does nothing.
        leave();
      }
      change();
      change();
      const expected = all.flatMap(({ isDenied, leaves }, n) => (isDenied && !leaves ? [`${n}`] : []));
      expect(ended.toSorted()).toEqual(expected.toSorted());
    }),
  );
});

test("looks no more at those that a check has let go on, once they have left", () => {
  const denied = new Set<string>();
  const { connections, change } = followed(client => denied.has(client));
  const ended: string[] = [];
  const [, leave] = ["a", "b", "c"].map(client =>
    connections.follow(client, endpoint, () => void ended.push(client)),
  );
  change();
  leave?.();
  for (const client of ["a", "b", "c"]) denied.add(client);
  change();
  expect(ended).toEqual(["a", "c"]);
});
