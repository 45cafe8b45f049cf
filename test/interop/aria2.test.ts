import { Aria2Client } from "../support/clients/aria2.ts";
import { missingProgram } from "../support/requirements.ts";
import { describeMatrix } from "./matrix.ts";

describeMatrix({
  name: "aria2",
  missing: missingProgram("aria2c"),
  make: (options) => new Aria2Client(options),
  network: 4,
});
