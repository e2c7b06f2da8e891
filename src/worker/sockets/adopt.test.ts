/** What adopt.ts uses of Node's sockets that has no public name: fails where a version of Node changes it. */
import { once } from "node:events";
import { connect, createServer, type Server, Socket } from "node:net";
import { text } from "node:stream/consumers";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverCertificate } from "../../access/server-certificate.ts";
import { adopt, beginConnecting } from "./adopt.ts";

let echo: Server;
let secret: tls.Server;
let ca: string;
beforeAll(async () => {
  const made = await serverCertificate({ hosts: ["web"], now: Date.now() });
  ca = made.ca;
  echo = createServer({ allowHalfOpen: true }, socket => socket.pipe(socket)).listen(0, "127.0.0.1");
  secret = tls.createServer(made, socket => socket.pipe(socket)).listen(0, "127.0.0.1");
  await Promise.all([once(echo, "listening"), once(secret, "listening")]);
});
afterAll(() => {
  echo.close();
  secret.close();
});

const opened = async (server: Server): Promise<Socket> => {
  const { port } = server.address() as { port: number };
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.pause();
  await once(socket, "connect");
  return socket;
};

describe(`Node ${process.versions.node}`, () => {
  it.each(["_undestroy", "_unrefTimer", "_getpeername", "_getsockname"])("has Socket's %s", name => {
    expect(Reflect.get(Socket.prototype, name)).toBeTypeOf("function");
  });

  it.each(["_wrapHandle", "_init"])("has TLSSocket's %s", name => {
    expect(Reflect.get(tls.TLSSocket.prototype, name)).toBeTypeOf("function");
  });

  it("a socket goes on with what another has connected", async () => {
    const socket = new Socket({ allowHalfOpen: true });
    beginConnecting(socket);
    expect(socket.connecting).toBe(true);
    expect(socket.readyState).toBe("opening");
    socket.end("written before there was a connection");
    const connected = once(socket, "connect");
    const from = await opened(echo);
    adopt(socket, from);
    await connected;
    expect(socket.connecting).toBe(false);
    expect(from.destroyed).toBe(true);
    expect(await text(socket)).toBe("written before there was a connection");
  });

  it("a socket is connected again after its end", async () => {
    const socket = new Socket();
    for (const what of ["once", "twice"]) {
      beginConnecting(socket);
      adopt(socket, await opened(echo));
      socket.write(what);
      const [piece] = await once(socket, "data");
      expect(String(piece)).toBe(what);
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    }
  });

  it("a TLS socket encrypts over it, knows its server's name and resumes a session", async () => {
    let session: Buffer | undefined;
    for (const isAgain of [false, true]) {
      const { port } = secret.address() as { port: number };
      const prototype = Socket.prototype as { connect: unknown };
      const { connect: own } = prototype;
      // As connecting.ts does for what a program makes.
      prototype.connect = function (this: Socket) {
        beginConnecting(this);
        return this;
      };
      const made = tls.connect({ port, host: "web", servername: "web", ca, ...(session && { session }) });
      prototype.connect = own;
      made.write("kept secret");
      adopt(made, await opened(secret));
      const told = once(made, "session") as Promise<[Buffer]>;
      const [piece] = await once(made, "data");
      expect(String(piece)).toBe("kept secret");
      expect(made.authorized).toBe(true);
      expect(made.isSessionReused()).toBe(isAgain);
      if (!isAgain) [session] = await told;
      made.destroy();
    }
  });

  it("has no connection to give where there is none", () => {
    expect(() => adopt(new Socket(), new Socket())).toThrow("there is no connection to adopt");
  });
});
