/**
 * What `npm run chaos` looks at can fail: each thing that must not be is made here, and is found. And its proxy breaks connections in each of the ways
 * that it says, without making up or leaving out a byte of one that goes on.
 */
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "k4s";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Accounts } from "../chaos/accounts.ts";
import type { Answer } from "../chaos/client.ts";
import { Histories } from "../chaos/histories.ts";
import { TcpProxy } from "../chaos/tcp-proxy.ts";
import { Writers } from "../chaos/writers.ts";

describe("what pods wrote down", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chaos-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const problemsOf = (asked: string, handled: string) => {
    writeFileSync(join(folder, "asked-a"), asked);
    writeFileSync(join(folder, "handled-b"), handled);
    return new Accounts(folder).take();
  };

  test.each([
    ["answered, and handled once", "asked a.1 0\nanswered a.1\n", "handled a.1\n", []],
    ["maybe, and handled by nobody", "asked a.1 0\nmaybe a.1 Unreachable\n", "", []],
    ["under way", "asked a.1 0\n", "handled a.1\n", []],
    ["a line that is not whole yet", "asked a.1 0\nansw", "handled a.1\nhand", []],
    [
      "handled twice",
      "asked a.1 0\nmaybe a.1 Unreachable\n",
      "handled a.1\nhandled a.1\n",
      [/handled 2 times/],
    ],
    [
      "certainly not handled, and handled",
      "asked a.1 0\nno a.1 NoEndpoint\n",
      "handled a.1\n",
      [/was handled$/],
    ],
    ["ended twice", "asked a.1 0\nanswered a.1\nmaybe a.1 x\n", "", [/ended twice: answered, maybe/]],
    ["answered with another's answer", "asked a.1 0\nwrong a.1\n", "", [/a\.1: wrong/]],
    ["ended with an error that has no type", "asked a.1 0\nuntyped a.1 Error\n", "", [/untyped/]],
    ["handled, and asked by nobody", "", "handled a.1\n", [/asked by nobody/]],
    [
      "forgotten, while others are asked",
      "asked a.1 0\nasked a.2 20000\nanswered a.2\n",
      "",
      [/a\.1 has not ended/],
    ],
  ])("%s", (_, asked, handled, expected) => {
    expect(problemsOf(asked, handled)).toEqual(expected.map(each => expect.stringMatching(each)));
  });

  test("is read on from where it was read, and each problem is told once", () => {
    const [asked, handled] = [join(folder, "asked-a"), join(folder, "handled-b")];
    writeFileSync(asked, "asked a.1 0\nans");
    writeFileSync(handled, "handled a.1\n");
    const accounts = new Accounts(folder);
    expect(accounts.take()).toEqual([]);
    appendFileSync(asked, "wered a.1\n");
    appendFileSync(handled, "handled a.1\n");
    expect(accounts.take()).toHaveLength(1);
    expect(accounts.take()).toEqual([]);
    expect(accounts.ends).toEqual({ answered: 1 });
  });

  test("tells which pod of a StatefulSet ran twice at a time", () => {
    const ran = (run: string, text: string) => writeFileSync(join(folder, `alone-${run}`), text);
    ran("1", "db-0 100 200");
    ran("2", "db-0 201 300");
    ran("3", "db-1 150 250");
    const accounts = new Accounts(folder);
    expect(accounts.doubles()).toEqual([]);
    ran("4", "db-1 240 400");
    expect(accounts.doubles()).toEqual(["db-1 ran twice for 10 ms"]);
  });
});

test("a history in which a value is missing, or there twice, is not as it was acknowledged", () => {
  const write = (value: string, revision: number) => ({
    key: "writer-0",
    value: JSON.stringify({ data: { value } }),
    revision,
  });
  const histories = new Histories();
  expect(histories.take([write("1", 5), write("2", 6)], new Set(["1"]))).toEqual([]);
  expect(histories.take([write("2", 7)], new Set(["1", "2"]))).toEqual([
    "writer-0: 2 was written twice, at 6 and 7",
  ]);
  expect(histories.take([], new Set(["1", "3"]))).toEqual(["3 was acknowledged, and never written"]);
});

/** A server that keeps what it is told, in a way. */
class Shelf {
  readonly objects = new Map<string, string | undefined>();
  revision = 0;
  /** What it answers to a write, and whether it carries it out. */
  way: { readonly code: number; readonly message?: string; readonly does: boolean } = {
    code: 200,
    does: true,
  };
  writes = 0;

  async ask(method: string, path: string, body?: object): Promise<Answer> {
    if (method === "GET") {
      const items = [...this.objects].map(([name, value]) => ({ metadata: { name }, data: { value } }));
      return { code: 200, body: { metadata: { resourceVersion: `${this.revision}` }, items } };
    }
    this.writes++;
    const { metadata, data } = (body ?? { metadata: { name: path.split("/").at(-1) } }) as {
      readonly metadata: { readonly name: string };
      readonly data?: { readonly value: string };
    };
    const { code, message, does } = this.way;
    if (does && method === "DELETE") this.objects.delete(metadata.name);
    else if (does) this.objects.set(metadata.name, data?.value);
    const resourceVersion = `${++this.revision}`;
    return { code, body: { message, metadata: { resourceVersion } } };
  }
}

describe("what writers were told", () => {
  const written = async (shelf: Shelf, count: number) => {
    const writers = new Writers(seededRandom(1), 1);
    await writers.write([shelf], () => shelf.writes >= count);
    return writers;
  };

  const first = ({ objects }: Shelf) => [...objects.keys()][0] ?? "";
  const changes: readonly (readonly [
    what: string,
    change: (shelf: Shelf) => void,
    expected: readonly RegExp[],
  ])[] = [
    ["is there", () => {}, []],
    ["is not there", shelf => void shelf.objects.delete(first(shelf)), [/was acknowledged$/]],
    ["is there otherwise", shelf => void shelf.objects.set(first(shelf), "old"), [/has old, where/]],
    ["is there with more", shelf => void shelf.objects.set("writer-9-9", "1"), [/nobody has written/]],
    [
      "is of a later revision",
      shelf => {
        shelf.revision = 1;
      },
      [/revision 1, where \d+ was told/],
    ],
  ];
  test.each(changes)("%s", async (_, change, expected) => {
    const shelf = new Shelf();
    const writers = await written(shelf, 20);
    change(shelf);
    expect(await writers.compare(shelf)).toEqual(expected.map(each => expect.stringMatching(each)));
  });

  test.each([
    ["a refusal", { code: 503, message: "no space left", does: false }, []],
    [
      "a refusal of what was done",
      { code: 503, message: "no space left", does: true },
      [/undefined was acknowledged/],
    ],
    [
      "that it is not known, and it was done",
      { code: 503, message: "whether it was written is not known", does: true },
      [],
    ],
    ["that it is not known, and it was not done", { code: 504, message: "late", does: false }, []],
  ])("%s", async (_, way, expected) => {
    const shelf = new Shelf();
    shelf.way = way;
    const writers = await written(shelf, 1);
    expect(await writers.compare(shelf)).toEqual(expected.map(each => expect.stringMatching(each)));
  });
});

describe("a proxy", () => {
  let echo: Server;
  let proxy: TcpProxy;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    echo = createServer(socket => {
      sockets.add(socket);
      socket.on("error", () => {}).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(echo, "listening");
  });
  beforeEach(async () => {
    proxy = await TcpProxy.listen({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
  });
  afterEach(() => proxy.close());
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    echo.close();
  });

  const dialled = async () => {
    const socket = connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  };
  const codeOf = (socket: Socket) =>
    once(socket, "error").then(([error]) => (error as NodeJS.ErrnoException).code);
  const echoed = async (socket: Socket, text: string) => {
    socket.write(text);
    let back = "";
    while (back.length < text.length) back += String((await once(socket, "data"))[0]);
    return back;
  };

  test.each(["hang", "delay"] as const)(
    "%s: what was said meanwhile comes when it is mended, all of it and in order",
    async how => {
      const socket = await dialled();
      expect(await echoed(socket, "before")).toBe("before");
      proxy.break(how);
      let back = "";
      socket.on("data", piece => (back += piece));
      for (const text of ["one", "two", "three"]) socket.write(text);
      const late = await dialled();
      late.write("late");
      if (how === "hang") {
        // In that time an echo comes past the proxy.
        const past = connect((echo.address() as AddressInfo).port, "127.0.0.1");
        expect(await echoed(past, "past")).toBe("past");
        past.destroy();
        expect(back).toBe("");
      }
      proxy.mend();
      while (back.length < 11) await once(socket, "data");
      expect(back).toBe("onetwothree");
      expect(String((await once(late, "data"))[0])).toBe("late");
      socket.destroy();
      late.destroy();
    },
  );

  test.each([
    ["cut", "ECONNRESET", "ECONNRESET"],
    ["refuse", "ECONNRESET", "ECONNREFUSED"],
  ] as const)("%s: connections end with %s, new ones with %s", async (how, old, later) => {
    const socket = await dialled();
    expect(await echoed(socket, "before")).toBe("before");
    const ended = codeOf(socket);
    proxy.break(how);
    expect(await ended).toBe(old);
    expect(await codeOf(connect(proxy.port, "127.0.0.1"))).toBe(later);
    proxy.mend();
    const again = await dialled();
    expect(await echoed(again, "again")).toBe("again");
    again.destroy();
  });

  test("half-close: the server's direction ends, and what the client says is heard", async () => {
    const socket = await dialled();
    expect(await echoed(socket, "before")).toBe("before");
    const [accepted] = [...sockets].slice(-1);
    proxy.break("half-close");
    socket.resume();
    await once(socket, "end");
    const heard = once(accepted as Socket, "data");
    socket.write("after");
    expect(String((await heard)[0])).toBe("after");
    socket.destroy();
  });
});
