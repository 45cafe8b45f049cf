/** `torrential seed`: serves what is there, and does not fetch what is not. */
import type { ExitCode } from "../exit-codes.ts";
import type { TransferOptions } from "../options.ts";
import { chooseReporter } from "../report/choose-reporter.ts";
import { runTransfer } from "../transfer/transfer.ts";

export function runSeed(sources: readonly string[], options: TransferOptions): Promise<ExitCode> {
  return runTransfer({ mode: "seed", sources, options, reporter: chooseReporter(options) });
}
