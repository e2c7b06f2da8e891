/** What every runtime that runs code must do with a command beside it (worker/exec/interpreter.ts). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Runtime } from "./runtime.ts";
import { alone, codeOf, containerOf, type Told, told, turns } from "./test-containers.ts";

export function testExec(make: () => Runtime): void {
  describe("commands beside it", () => {
    const runtime = make();
    afterAll(() => runtime.close());

    const inside = async (
      use: (exec: (command: string[], input?: string) => Promise<Told>) => Promise<void>,
    ) => {
      const running = alone(
        runtime.start(
          containerOf({
            code: codeOf(
              "globalThis.count = 1; exports.default = () => new Promise(() => setInterval(() => {}, 1e6));",
            ),
            env: { COLOUR: "red", SIZE: "two\nlines" },
          }),
        ),
      );
      await running.started;
      await use((command, input) => {
        const session = running.exec(command);
        if (input !== undefined) session.write(Buffer.from(input));
        session.end();
        return told(session);
      });
      expect(await turns(running)).toBe(true);
      running.kill();
      await running.exited;
    };

    it("runs commands in the container's world, which goes on", () =>
      inside(async exec => {
        const file = fileURLToPath(import.meta.url);
        const cases: [string[], Partial<Told>][] = [
          [["node", "-p", "count + 1"], { stdout: "2\n" }],
          [["node", "-p", "process.env.COLOUR"], { stdout: "red\n" }],
          [["node", "-p", "[1, { a: 'b' }]"], { stdout: "[ 1, { a: 'b' } ]\n" }],
          [["node", "-p", "path.join('a', 'b')"], { stdout: "a/b\n" }],
          [["node", "-p", "process.argv.slice(1).join()", "x", "y"], { stdout: "x,y\n" }],
          [["node", "-e", "count = 5"], { stdout: "" }],
          [["node", "-p", "count"], { stdout: "5\n" }],
          [
            ["node", "-e", "var mine = 1; console.log(mine); console.error('b')"],
            { stdout: "1\n", stderr: "b\n" },
          ],
          [["node", "-p", "typeof mine"], { stdout: "undefined\n" }],
          [["node", "-e", "process.exit(3)"], { exitCode: 3 }],
          [["node", "-e", "process.exitCode = 4"], { exitCode: 4 }],
          [
            ["node", "-e", "setTimeout(() => { console.log('later'); process.exit(6); }, 5)"],
            { exitCode: 6, stdout: "later\n" },
          ],
          [
            [
              "node",
              "-e",
              "let n = 0; const t = setInterval(() => { console.log(++n); if (n === 2) clearInterval(t); }, 1)",
            ],
            { stdout: "1\n2\n" },
          ],
          [
            ["node", "-e", "new Promise(resolve => setTimeout(resolve, 5)).then(() => console.log('x'))"],
            { stdout: "x\n" },
          ],
          [
            ["node", "-e", "import('node:os').then(os => console.log(typeof os.cpus))"],
            { stdout: "function\n" },
          ],
          [
            [
              "node",
              "-e",
              "process.stdin.on('data', data => { console.log(String(data)); process.exit(); }); new Promise(() => {})",
            ],
            { stdout: "in\n" },
          ],
          [["node", "-v"], { stdout: `${process.version}\n` }],
          [["echo", "a", "b"], { stdout: "a b\n" }],
          [["echo", "-n", "a"], { stdout: "a" }],
          [["printenv", "COLOUR"], { stdout: "red\n" }],
          [["printenv", "NOTHING"], { exitCode: 1, stdout: "" }],
          [["env"], { stdout: "SIZE=two\nlines\n" }],
          [["cat"], { stdout: "in" }],
          [
            ["cat", "-", "/no/such"],
            { exitCode: 1, stdout: "in", stderr: "cat: /no/such: No such file or directory\n" },
          ],
          [["cat", file], { stdout: readFileSync(file, "utf8") }],
          [
            ["ls", "/no/such"],
            { exitCode: 2, stderr: "ls: cannot access '/no/such': No such file or directory\n" },
          ],
          [["ls", file], { stdout: `${file}\n` }],
        ];
        for (const [command, expected] of cases) {
          const answer = await exec(command, "in");
          if (command[0] === "env") expect(answer.stdout).toContain(expected.stdout);
          else
            expect({ command, ...answer }).toEqual({
              command,
              exitCode: 0,
              stdout: "",
              stderr: "",
              ...expected,
            });
        }
      }));

    it("says what is wrong with a command", () =>
      inside(async exec => {
        for (const [command, said, exitCode] of [
          [["node", "-e", "throw new TypeError('no')"], /^Uncaught TypeError: no\n +at /, 1],
          [["node", "-e", "setTimeout(() => { throw new TypeError('no'); })"], /^Uncaught TypeError: no/, 1],
          [["node", "-p", "Promise.reject(new TypeError('no'))"], /^Uncaught TypeError: no/, 1],
          [["node", "-e", "("], /^Uncaught SyntaxError/, 1],
          [["node", "-e"], /requires an argument/, 1],
          [["node", "server.js"], /Cannot find module/, 1],
          [["nod", "-v"], /^exec: "nod": executable file not found in \$PATH; did you mean "node"\?/, 127],
          [["ls", "--nothing"], /unrecognized option: --nothing/, 1],
          [[], /^exec: "": executable file not found/, 127],
        ] as const) {
          const answer = await exec([...command]);
          expect(answer.stderr || answer.message).toMatch(said);
          expect(answer.exitCode).toBe(exitCode);
        }
      }));

    it("is held back by who reads slowly, and the container is not", async () => {
      const running = alone(runtime.start(containerOf()));
      await running.started;
      const session = running.exec([
        "node",
        "-e",
        "globalThis.written = 0; new Promise(resolve => { const more = () => { if ((written += 65536) > 4e6) resolve(); else process.stdout.write('x'.repeat(65536), more); }; more(); })",
      ]);
      const first = await session.output[Symbol.asyncIterator]().next();
      expect(first.value.bytes.length).toBe(65_536);
      // As often as is needed for what is under way.
      for (let i = 0; i < 20; i++) await turns(running);
      const written = Number((await told(running.exec(["node", "-p", "written"]))).stdout);
      expect(written).toBeLessThan(1e6);
      expect((await told(session)).stdout.length + 65_536).toBe(65_536 * 61);
      running.kill();
      await running.exited;
    });

    it("tells a command the size of its terminal", async () => {
      const running = alone(runtime.start(containerOf()));
      await running.started;
      const session = running.exec([
        "node",
        "-e",
        // The size may be there before the program begins.
        "const { stdout } = process; const tell = () => { stdout.write([stdout.columns, stdout.isTTY].join(' ')); process.exit(); }; stdout.columns ? tell() : stdout.once('resize', tell); new Promise(() => {})",
      ]);
      session.resize(40, 10);
      expect((await told(session)).stdout).toBe("40 true");
      running.kill();
      await running.exited;
    });
  });
}
