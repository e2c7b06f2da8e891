import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { AttachedSession } from "./attached-session.ts";
import { PodPorts } from "./dial.ts";
import { endedSession, LocalSession, type Session } from "./session.ts";

const bytes = (text: string) => ({ stream: "stdout", bytes: Buffer.from(text) }) as const;
const textOf = async (session: Session) => {
  let text = "";
  for await (const output of session.output) text += Buffer.from(output.bytes).toString();
  return text;
};

describe("a session", () => {
  it("gives what is printed, before and after it is read, until it ends", async () => {
    const session = new LocalSession();
    session.print(bytes("a"));
    const text = textOf(session);
    session.print(bytes("b"));
    await Promise.resolve();
    session.print(bytes("c"));
    session.finish({ exitCode: 3 }).finish({ exitCode: 4 });
    session.print(bytes("d"));
    expect(await text).toBe("abc");
    expect(await session.exited).toEqual({ exitCode: 3 });
  });

  it("ends when it is closed, once", async () => {
    const session = new LocalSession();
    session.close();
    session.close();
    expect(await session.exited).toEqual({ exitCode: 137, message: "the session was closed" });
    expect(await textOf(session)).toBe("");
  });

  it("with nobody says why", async () => {
    const session = endedSession(126, "no");
    expect(await textOf(session)).toBe("no\n");
    expect(await session.exited).toEqual({ exitCode: 126, message: "no" });
  });

  it("with a container itself holds no more than its limit for one who does not read", async () => {
    let gone = 0;
    const session = new AttachedSession(
      () => {},
      () => gone++,
    );
    for (let i = 0; i < 30; i++) session.print(bytes("x".repeat(100_000)));
    session.finish({ exitCode: 0 });
    expect((await textOf(session)).length).toBe(1_000_000);
    expect(gone).toBe(1);
  });
});

describe("dial", () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>(resolve => (server ? server.close(() => resolve()) : resolve())));

  it("reaches a port, wherever on the pod's machine it listens, in both directions", async () => {
    const listening = createServer(socket => socket.pipe(socket));
    server = listening;
    await new Promise<void>(resolve => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as { port: number };
    const socket = await new PodPorts().dial("127.1.2.3", port);
    socket.end("hello");
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toBe("hello");
  });

  it("fails with the reason of its signal", async () => {
    await expect(
      new PodPorts().dial("127.0.0.1", 9, { signal: AbortSignal.abort(new Error("too late")) }),
    ).rejects.toThrow("too late");
  });
});
