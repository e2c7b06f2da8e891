/**
 * The exercises are what they say: every solution passes, every starter runs and fails, and no mistake of a learner takes the
 * checker down. Each check is a real process with a real cluster; a few run at a time.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { readsTypeScript, takesBuilt } from "../test/built.ts";
import { parseArguments, UsageError } from "./classroom/arguments.ts";
import { examine } from "./classroom/examine.ts";
import {
  checkOf,
  type Exercise,
  exerciseNamed,
  exercisesFolder,
  findExercises,
} from "./classroom/exercise.ts";
import { decodeReport, encodeReport } from "./classroom/job.ts";
import { checkAll, inParallel } from "./classroom/results.ts";
import type { Verdict } from "./classroom/verdict.ts";
import { Workbook } from "./classroom/workbook.ts";

const exercises = findExercises();
vi.stubEnv("TSX_TSCONFIG_PATH", takesBuilt.TSX_TSCONFIG_PATH);
// As a learner's it would be tsx (see "the results"); of so many processes each is quicker with this.
vi.stubEnv("K4S_READS_TYPESCRIPT", readsTypeScript);
const desk = mkdtempSync(join(tmpdir(), "k4s-exercises-"));
afterAll(() => rmSync(desk, { recursive: true }));

describe("every exercise", () => {
  test("its solution passes", { timeout: 300_000 }, async () => {
    const limits = { patienceMs: 20_000, silenceMs: 60_000 };
    const verdicts = await inParallel(exercises, each => examine(each, each.solution, limits));
    expect(verdicts.flatMap(problemsOf)).toEqual([]);
    expect(verdicts.every(({ passed }) => passed)).toBe(true);
  });

  test("its starter runs and earns nothing", { timeout: 300_000 }, async () => {
    const verdicts = await inParallel(exercises, each => examine(each, each.starter, { patienceMs: 300 }));
    const points = verdicts.map(({ exercise, points }) => `${exercise}: ${points}`);
    expect(points).toEqual(exercises.map(({ name }) => `${name}: 0`));
    // A module runs: what is wrong is what it does, not that it cannot be loaded.
    const modules = verdicts.filter((_, i) => exercises[i]?.file.endsWith(".ts"));
    for (const { happened } of modules.flatMap(problemsOf)) {
      expect(happened).not.toMatch(/ErrImage|ended early|SyntaxError/);
    }
  });

  test.each(exercises)("$name has a page in order", async ({ starter: starterFile, page, hint, name }) => {
    for (const heading of ["## The idea", "## The task", "## In Kubernetes this is …"])
      expect(page).toContain(heading);
    expect(hint.trim()).not.toBe("");
    const { scenarios } = await checkOf(exercises.find(each => each.name === name) as Exercise);
    const starter = readFileSync(starterFile, "utf8");
    for (const task of new Set(scenarios.map(({ task }) => task))) {
      expect(page).toMatch(new RegExp(`^${task}\\. `, "m"));
      expect(starter).toContain(`TODO ${task}`);
    }
  });
});

describe("a learner's mistake ends the check, never the checker", () => {
  const limits = { patienceMs: 1_500, silenceMs: 20_000 };
  const echo = shortExercise();
  const pipelines = exerciseNamed("controller", exercises) as Exercise;
  const worker = (body: string) => `export async function echo({ inbox, log }) {\n${body}\n}\n`;
  const onMessage = (body: string) => worker(`for await (const message of inbox) { ${body} }`);

  test.each([
    ["a syntax error", "export async function echo({ inbox }) { for await", /ErrImagePull|Expected/],
    ["no such function", "export async function eco() {}", /eco/],
    ["an error while loading", 'throw new Error("too early"); export function echo() {}', /too early/],
    ["an endless loop", onMessage("while (true);"), /no answer/],
    ["process.exit", onMessage("process.exit(0);"), /ContainerExited/],
    // A request may come just before the end of the container, at it, or after it.
    ["no loop", worker(""), /exit code 0|Completed|CrashLoopBackOff|ContainerStopping/],
    ["silence", onMessage(""), /no answer/],
    ["a reply that cannot be sent", onMessage("message.reply(() => {});"), /ContainerExited|clone/],
    ["a flood of output", onMessage('while (true) console.log("x".repeat(1000));'), /no answer/],
  ])("%s", { timeout: 60_000 }, async (_, code, happened) => {
    const verdict = await examineText(echo, code, limits);
    expect(verdict).toMatchObject({ passed: false, points: 0 });
    expect(problemsOf(verdict)[0]?.happened).toMatch(happened);
  });

  test("a manifest without anything in it", { timeout: 60_000 }, async () => {
    const verdict = await examineText(
      exerciseNamed("autoscaling", exercises) as Exercise,
      "# to do\n",
      limits,
    );
    expect(verdict).toMatchObject({ passed: false, points: 0 });
    expect(problemsOf(verdict)[0]?.happened).toBe("there are none in it");
  });

  test("memory that is filled without end", { timeout: 60_000 }, async () => {
    const code = onMessage("const hoard = []; while (true) hoard.push(Buffer.alloc(20_000_000, 1));");
    const verdict = await examineText(echo, code, { ...limits, memoryBytes: 700_000_000 });
    expect(verdict).toMatchObject({ passed: false, points: 0 });
  });

  test("a controller that never returns, or ends the process", { timeout: 60_000 }, async () => {
    const controller = (body: string) =>
      `export const pipelines = { name: "x", kind: "Pipeline", wokenBy: [], async reconcile() { ${body} } };\n`;
    const stuck = await examineText(pipelines, controller("while (true);"), {
      ...limits,
      silenceMs: 6_000,
    });
    expect(problemsOf(stuck)[0]?.happened).toMatch(/nothing moved for 6 seconds/);
    const gone = await examineText(pipelines, controller("process.exit(3);"), limits);
    expect(problemsOf(gone)[0]?.happened).toMatch(/exit code 3/);
  });

  test("a machine that is too busy to begin is no loop of the learner's", { timeout: 60_000 }, async () => {
    const verdict = await examineText(echo, onMessage(""), { ...limits, startMs: 1 });
    expect(problemsOf(verdict)[0]?.happened).toMatch(/did not begin within 0.001 seconds: is the machine/);
  });

  test("reports that are made up count for nothing", { timeout: 60_000 }, async () => {
    const forged = [0, 1, 2].map(scenario => JSON.stringify({ type: "passed", scenario })).join("\\n");
    const code = `import { writeSync } from "node:fs";\n${onMessage(`writeSync(3, '${forged}\\n'); message.reply("forged");`)}`;
    const verdict = await examineText(echo, code, limits);
    expect(verdict).toMatchObject({ passed: false, points: 0 });
  });
});

describe("a mistake that is often made is told by what came of it", () => {
  // The exercise, its scenario that tells of the mistake, what is right, what is written instead, and what is told.
  const mistakes = [
    ["12", 1, "maxSurge: 0, maxUnavailable: 1", "maxSurge: 1", /Insufficient cpu/],
    ["12", 2, "rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }", "type: Recreate", /had none|there were 0/],
    ["12", 0, "replicas: 3", "replicas: 1", /^1 replicas that ask for 1$/],
    ["13", 1, "{month}/$", "", /March: Dee pays 33' \]$/],
    ["13", 0, "await api.request", "void api.request", /it succeeded|^\[|it is Complete/],
    [
      "13",
      0,
      "function invoices(",
      "function invoice(",
      /exports no function "invoices".*did you mean "invoice"/,
    ],
    ["14", 1, "cpu: 500m", "cpu: 10m", /^there are 6: it sees 500 %/],
    ["14", 2, "cpu: 500m", "cpu: 2", /^there are 1: it sees 20 %/],
    ["15", 0, "maxUnavailable: 1", "minAvailable: 2", /global timeout reached[\s\S]*disruption budget/],
    ["15", 2, "maxUnavailable: 1", "maxUnavailable: 2", /all 2 may go at once/],
    ["16", 1, "value: reports, ", "", /TaintToleration: node\(s\) had untolerated taint/],
    ["16", 2, "cpu: 500m", 'cpu: "4"', /2000m more cpu/],
    ["17", 0, "return inUse(place)", "throw new Error('a slip'); inUse(place)", /a slip/],
    ["17", 2, "(100 * inUse(place)) / licences : 0", "100 - inUse(place) : 0", /'small'|'large'/],
    ["18", 0, "app: catalogue", "app: catalog", /^0 are: its selector fits none/],
    ["18", 1, "targetPort: web", "targetPort: 80", /ECONNREFUSED/],
    ["18", 2, "name: catalogue", "name: catalog", /ENOTFOUND|EAI_AGAIN|http:\/\/catalogue: TimeoutError/],
    [
      "19",
      0,
      "app: api } }\n      ports:\n",
      "app: backend } }\n      ports:\n",
      /denies the way from pod default\/api/,
    ],
    ["19", 1, "- port: 8080\n---\napi", "- port: 80\n---\napi", /TimeoutError/],
    [
      "19",
      2,
      "podSelector: {}",
      "podSelector: { matchLabels: { app: db } }",
      /^allowed: pod default\/\w+ -> pod/,
    ],
    [
      "19",
      2,
      "- podSelector: { matchLabels: { app: api } }",
      "- podSelector: { matchLabels: { app: api } }\n          namespaceSelector: {}",
      /^allowed: pod street\/api -> pod/,
    ],
    ["20", 0, 'watch("/etc/shop", read)', 'watch("/etc/shop", () => {})', /the reply { price: 4 }/],
    [
      "20",
      1,
      "log.warn(",
      "if (error) throw error;\n      log.warn(",
      /is not running|no pod of prices is ready|started again/,
    ],
    [
      "21",
      0,
      "metadata: { name: notes }\nspec:",
      "metadata: { name: notes }\nspec:\n  storageClassName: fast",
      /"fast" not found/,
    ],
    [
      "21",
      2,
      "accessModes: [ReadOnlyMany]",
      "accessModes: [ReadWriteOnce]",
      /no persistent volumes available/,
    ],
    ["21", 1, "claimName: cache", "claimName: notes", /waiting for first consumer|waiting for a volume/],
  ] as const;

  // Most of the time they wait for what does not come: that needs no processor.
  const waitingAtOnce = 4;

  test("in exercises 12 to 21", { timeout: 300_000 }, async () => {
    const told = await inParallel(
      mistakes,
      async ([number, only, right, wrong]) => {
        const exercise = exerciseNamed(number, exercises) as Exercise;
        const solution = readFileSync(exercise.solution, "utf8");
        expect(solution).toContain(right);
        const verdict = await examineText(
          exercise,
          solution.replace(right, () => wrong),
          { patienceMs: 6_000, only },
        );
        return problemsOf(verdict)[0]?.happened ?? "nothing";
      },
      waitingAtOnce,
    );
    const untold = mistakes.flatMap(([number, , , wrong, happened], i) =>
      happened.test(told[i] ?? "") ? [] : [{ number, wrong, told: told[i] }],
    );
    expect(untold).toEqual([]);
  });
});

async function examineText(
  exercise: Exercise,
  text: string,
  limits: Parameters<typeof examine>[2],
): Promise<Verdict> {
  const file = join(desk, `${Math.random()}-${exercise.file}`);
  writeFileSync(file, text);
  return examine(exercise, file, limits);
}

describe("a verdict", () => {
  test("says what was expected, what happened and where to look", { timeout: 60_000 }, async () => {
    const echo = exerciseNamed("echo", exercises) as Exercise;
    const file = join(desk, "01-echo.ts");
    writeFileSync(file, readFileSync(echo.starter));
    const [problem] = problemsOf(await examine(echo, file, { patienceMs: 1_500 }));
    expect(problem).toMatchObject({
      did: "asked echo with 'hello'",
      expected: "the reply 'hello'",
      happened: "the reply 'to do'",
    });
    expect(problem?.look[0]).toMatch(/01-echo\.ts:\d+ \(TODO 1\)$/);
    expect(problem?.look[1]).toMatch(/^exercises\/01-echo\/README\.md:\d+ \(task 1\)$/);
  });

  test("a report without the secret is none", () => {
    const report = { type: "passed", scenario: 0 } as const;
    expect(decodeReport("s3", encodeReport("s3", report).trim())).toEqual(report);
    expect(decodeReport("s3", encodeReport("other", report).trim())).toBeUndefined();
    expect(decodeReport("s3", "s3 {")).toBeUndefined();
  });
});

describe("the results", () => {
  test("count what was not handed in as no points", { timeout: 60_000 }, async () => {
    vi.stubEnv("K4S_READS_TYPESCRIPT", undefined);
    const folder = mkdtempSync(join(desk, "handed-in-"));
    const [echo, calculator] = exercises as [Exercise, Exercise];
    writeFileSync(join(folder, "01-echo.ts"), readFileSync(echo.solution));
    const results = await checkAll([echo, calculator], new Workbook(folder), () => {});
    expect(results).toMatchObject({ version: 1, points: 5, of: 10, passed: false });
    expect(results.exercises.map(({ points, handedIn }) => ({ points, handedIn }))).toEqual([
      { points: 5, handedIn: true },
      { points: 0, handedIn: false },
    ]);
    expect(readdirSync(folder)).toEqual(["01-echo.ts"]);
  });
});

describe("the workbook", () => {
  const [echo] = exercises as [Exercise];

  test("copies the starter once, and keeps what was written when it is reset", () => {
    const workbook = new Workbook(mkdtempSync(join(desk, "work-")));
    expect(workbook.markOf(echo)).toBe("new");
    const file = workbook.open(echo);
    writeFileSync(file, "mine");
    expect(readFileSync(workbook.open(echo), "utf8")).toBe("mine");
    const kept = workbook.reset(echo) as string;
    expect(readFileSync(kept, "utf8")).toBe("mine");
    expect(readFileSync(file, "utf8")).toBe(readFileSync(echo.starter, "utf8"));
    expect(workbook.reset(echo)).toBeUndefined();
  });
});

describe("the command", () => {
  test.each([
    [[], { do: "work" }],
    [["4"], { do: "work", exercise: "4" }],
    [["hint"], { do: "hint" }],
    [["hint", "4"], { do: "hint", exercise: "4" }],
    [["--check"], { do: "check" }],
    [["check", "4", "--work", "a", "--results=b"], { do: "check", exercise: "4", work: "a", results: "b" }],
    [["--help"], { do: "help" }],
  ])("understands %j", (given, wish) => {
    expect(parseArguments(given)).toEqual(wish);
  });

  test.each([
    [["reset"]],
    [["--lits"]],
    [["check", "--work"]],
    [["check", "--fast"]],
    [["4", "5"]],
    [["list", "4"]],
  ])("refuses %j", given => {
    expect(() => parseArguments(given)).toThrow(UsageError);
  });

  test("names what there is when an exercise does not exist", { timeout: 30_000 }, () => {
    const script = join(exercisesFolder, "run.ts");
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", script, "99"], {
      encoding: "utf8",
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/no command or exercise "99".*01-echo/s);
  });

  test("the pages name only files that exist", () => {
    for (const { folder, page, hint } of exercises) {
      for (const [path] of `${page}${hint}`.matchAll(/(exercises|src)\/[\w./-]*\w/g)) {
        expect(existsSync(join(exercisesFolder, "..", path)), `${folder} names ${path}`).toBe(true);
      }
    }
  });
});

/** The first exercise with one scenario only. */
function shortExercise(): Exercise {
  const echo = exerciseNamed("echo", exercises) as Exercise;
  const folder = mkdtempSync(join(desk, "short-"));
  for (const file of ["README.md", "exercise.yaml"])
    copyFileSync(join(echo.folder, file), join(folder, file));
  const scenario = `{ name: "It answers", task: 1, points: 3, async run(scene) {
    await scene.begin();
    await scene.expectReply("echo", "hello", "hello");
  } }`;
  writeFileSync(join(folder, "check.ts"), `export default { scenarios: [${scenario}] };\n`);
  return { ...echo, folder };
}

function problemsOf({ exercise, scenarios }: Verdict) {
  return scenarios.flatMap(({ name, problem }) =>
    problem ? [{ exercise, scenario: name, ...problem }] : [],
  );
}
