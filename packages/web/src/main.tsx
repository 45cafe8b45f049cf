import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { startLanguage } from "./i18n/language.ts";
import { startTheme } from "./app/theme.ts";
import "./styles.css";

const root = document.querySelector("#root");
if (root === null) throw new Error("the page has no #root");
startTheme();
await startLanguage();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
