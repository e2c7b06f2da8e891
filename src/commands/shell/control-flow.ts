/** What is thrown to leave a shell, a function or loops. */
export class ExitShell extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status & 0xff;
  }
}

export class ReturnFrom extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`return ${status}`);
    this.status = status & 0xff;
  }
}

export class BreakOut extends Error {
  readonly levels: number;
  /** `continue`: the last of the loops goes on. */
  readonly goesOn: boolean;

  constructor(levels: number, goesOn: boolean) {
    super(goesOn ? "continue" : "break");
    this.levels = levels;
    this.goesOn = goesOn;
  }
}
