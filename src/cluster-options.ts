/**
 * What is wrong with the options of a Cluster, said before anything is started: JavaScript has no compiler that would, and
 * an option that is silently ignored costs an afternoon.
 */
import { ApiError, didYouMean } from "./errors/index.ts";
import { quantityFault } from "./resources/index.ts";

type Rule = (value: unknown) => string | undefined;

const wholeNumber: Rule = value =>
  Number.isInteger(value) && Number(value) >= 0 ? undefined : "must be a whole number, 0 or more";
const milliseconds: Rule = value =>
  typeof value === "number" && value > 0 ? undefined : "must be a number of milliseconds above 0";
const anything: Rule = () => undefined;

const rules: Readonly<Record<string, Rule>> = {
  images: value =>
    [value].flat().every(place => typeof place === "string" || place instanceof URL)
      ? undefined
      : "must be a folder, as path or file URL, or a list of folders",
  nodes: wholeNumber,
  nodeCapacity: value =>
    Object.values(value ?? {}).every(amount => quantityFault(String(amount)) === undefined)
      ? undefined
      : "must hold quantities, such as { cpu: '4', memory: '8Gi', pods: '110' }",
  runtime: value =>
    ["thread", "process", "hollow"].includes(String(value)) ? undefined : "must be thread, process or hollow",
  restartBackOff: anything,
  spareThreads: wholeNumber,
  resyncMs: milliseconds,
  kinds: anything,
  controllers: anything,
  clock: anything,
  random: anything,
  onFault: value => (typeof value === "function" ? undefined : "must be a function"),
};

/** Throws BadRequest, with every problem. What is undefined counts as left out. */
export function checkOptions(options: object): void {
  const problems = Object.entries(options).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return [`there is no option "${name}"${didYouMean(name, Object.keys(rules))}`];
    const problem = value === undefined ? undefined : rule(value);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (problems.length > 0)
    throw new ApiError("BadRequest", `a cluster cannot have these options: ${problems.join("; ")}`);
}
