/**
 * How fast an autoscaler may go. It does not follow each recommendation at once: it goes down only when nothing higher was
 * recommended for five minutes, goes up only when nothing lower was where a window says so, and takes no larger steps than the
 * policies of its `behavior` allow (without one: twice as many, or four). Kubernetes keeps the same in memory: after a new start it
 * is careful again.
 */
import type { HorizontalPodAutoscaler, HPAScalingRules } from "../../resources/index.ts";

type Behavior = HorizontalPodAutoscaler["spec"]["behavior"];

interface Step {
  readonly at: number;
  readonly replicas: number;
}

/** What one autoscaler recommended and did lately. */
export class Pace {
  #recommended: Step[];
  /** By how many replicas it went up, or down. */
  #ups: Step[] = [];
  #downs: Step[] = [];

  /** For going down, where the behavior does not say it. */
  readonly #downWindowMs: number;

  /**
   * @param replicas how many there are when it is looked at for the first time
   * @param downWindowMs how long nothing more must have been wanted before it goes down, where its behavior does not say it
   */
  constructor(replicas: number, now: number, downWindowMs: number) {
    this.#downWindowMs = downWindowMs;
    this.#recommended = [{ at: now, replicas }];
  }

  /** What is to be done where `wanted` replicas are recommended. */
  next(recommendation: Recommendation, behavior: Behavior, now: number): Decision {
    const { wanted } = recommendation;
    const stable = behavior
      ? this.#stabilized(recommendation, behavior, now)
      : this.#highest(wanted, now - this.#downWindowMs);
    this.#remember(wanted, behavior, now);
    const limited = behavior
      ? this.#limited({ ...recommendation, wanted: stable }, behavior, now)
      : limitedByDefault({ ...recommendation, wanted: stable });
    return {
      ...limited,
      isLimited: limited.replicas !== stable,
      ableToScale: stable === wanted ? ready : stabilized(recommendation, behavior),
    };
  }

  /**
   * As near to what is wanted as the windows allow: no higher than the lowest, and no lower than the highest, that was recommended
   * in them. Where both keep it from what is wanted, it stays as it is.
   */
  #stabilized(
    { wanted, current }: Recommendation,
    { scaleUp, scaleDown }: NonNullable<Behavior>,
    now: number,
  ): number {
    const lowest = this.#lowest(wanted, now - windowMs(scaleUp, 0));
    const highest = this.#highest(wanted, now - windowMs(scaleDown, this.#downWindowMs));
    return Math.min(Math.max(current, lowest), highest);
  }

  #lowest(wanted: number, after: number): number {
    return Math.min(wanted, ...this.#since(after));
  }

  #highest(wanted: number, after: number): number {
    return Math.max(wanted, ...this.#since(after));
  }

  #since(after: number): number[] {
    return this.#recommended.filter(({ at }) => at > after).map(({ replicas }) => replicas);
  }

  /** What is too old for either window is forgotten. */
  #remember(replicas: number, behavior: Behavior, now: number): void {
    const longest = Math.max(
      windowMs(behavior?.scaleUp, 0),
      windowMs(behavior?.scaleDown, this.#downWindowMs),
    );
    this.#recommended = this.#recommended.filter(({ at }) => at > now - longest);
    this.#recommended.push({ at: now, replicas });
  }

  /** It has done so. */
  scaled(before: number, after: number, behavior: Behavior, now: number): void {
    if (!behavior) return;
    const step = { at: now, replicas: Math.abs(after - before) };
    const keep = (steps: readonly Step[], rules: HPAScalingRules | undefined) => {
      const longest = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
      return [...steps.filter(({ at }) => at >= now - longest * 1_000), step];
    };
    if (after > before) this.#ups = keep(this.#ups, behavior.scaleUp);
    else this.#downs = keep(this.#downs, behavior.scaleDown);
  }

  #limited(
    recommendation: Recommendation,
    { scaleUp, scaleDown }: NonNullable<Behavior>,
    now: number,
  ): Limited {
    const { wanted, current, least, most } = recommendation;
    if (wanted > current) {
      const rate = Math.max(current, this.#upTo(current, scaleUp, now));
      const told = most > rate ? tooFastUp : tooMany;
      return wanted > Math.min(most, rate)
        ? { replicas: Math.min(most, rate), ...told }
        : withinRange(wanted);
    }
    if (wanted < current) {
      const rate = Math.min(current, this.#downTo(current, scaleDown, now));
      const told = least < rate ? tooFastDown : tooFew;
      return wanted < Math.max(least, rate)
        ? { replicas: Math.max(least, rate), ...told }
        : withinRange(wanted);
    }
    return withinRange(wanted);
  }

  /** To how many the policies for going up allow to go. */
  #upTo(current: number, rules: HPAScalingRules | undefined, now: number): number {
    if (rules?.selectPolicy === "Disabled") return current;
    const proposed = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
      const before = this.#atStartOf(periodSeconds, current, now);
      return type === "Pods" ? before + value : Math.ceil(before * (1 + value / 100));
    });
    return rules?.selectPolicy === "Min" ? Math.min(...proposed) : Math.max(...proposed);
  }

  #downTo(current: number, rules: HPAScalingRules | undefined, now: number): number {
    if (rules?.selectPolicy === "Disabled") return current;
    const proposed = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
      const before = this.#atStartOf(periodSeconds, current, now);
      return type === "Pods" ? before - value : Math.trunc(before * (1 - value / 100));
    });
    return rules?.selectPolicy === "Min" ? Math.max(...proposed) : Math.min(...proposed);
  }

  /** How many replicas there were before the steps of the period that ends now. */
  #atStartOf(periodSeconds: number, current: number, now: number): number {
    const within = (steps: readonly Step[]) =>
      steps
        .filter(({ at }) => at > now - periodSeconds * 1_000)
        .reduce((sum, { replicas }) => sum + replicas, 0);
    return current - within(this.#ups) + within(this.#downs);
  }
}

export interface Recommendation {
  readonly wanted: number;
  readonly current: number;
  readonly least: number;
  readonly most: number;
}

/** Why, as a condition says it. */
export interface Told {
  readonly reason: string;
  readonly message: string;
}

interface Limited extends Told {
  readonly replicas: number;
}

/** `reason` and `message` say of ScalingLimited why. */
export interface Decision extends Limited {
  readonly isLimited: boolean;
  readonly ableToScale: Told;
}

function windowMs(rules: HPAScalingRules | undefined, otherwise: number): number {
  const { stabilizationWindowSeconds } = rules ?? {};
  return stabilizationWindowSeconds === undefined ? otherwise : stabilizationWindowSeconds * 1_000;
}

function limitedByDefault({ wanted, current, least, most }: Recommendation): Limited {
  const rate = Math.max(2 * current, 4);
  if (wanted < least) return { replicas: least, ...tooFew };
  if (wanted > Math.min(most, rate))
    return { replicas: Math.min(most, rate), ...(most > rate ? tooFastUp : tooMany) };
  return withinRange(wanted);
}

function withinRange(replicas: number): Limited {
  const message = "the desired count is within the acceptable range";
  return { replicas, reason: "DesiredWithinRange", message };
}

const ready: Told = { reason: "ReadyForNewScale", message: "recommended size matches current size" };

/** Without a behavior there is no window for going up. */
function stabilized({ wanted, current }: Recommendation, behavior: Behavior): Told {
  if (behavior && wanted >= current) {
    const message =
      "recent recommendations were lower than current one, applying the lowest recent recommendation";
    return { reason: "ScaleUpStabilized", message };
  }
  const message =
    "recent recommendations were higher than current one, applying the highest recent recommendation";
  return { reason: "ScaleDownStabilized", message };
}

const tooFastUp: Told = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const tooMany: Told = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFastDown: Told = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const tooFew: Told = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
