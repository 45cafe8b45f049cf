import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childText, escapeXml, findElement, findElements, parseXml, XmlError } from "./xml.ts";

describe("XML of gateways", () => {
  it("reads elements, text and references", () => {
    const root = parseXml(
      '\uFEFF<?xml version="1.0"?><!-- <a> --><x:r q=">" ><a> 1 &amp; &#50;&#x33;&unknown; </a><b/><a><![CDATA[<z>]]></a></x:r>\n',
    );
    expect(root.name).toBe("r");
    expect(childText(root, "a")).toBe("1 & 23&unknown;");
    expect(findElements(root, "a").map(({ text }) => text)).toEqual(["1 & 23&unknown;", "<z>"]);
    expect(findElement(root, "nothing")).toBeUndefined();
  });

  it.each([
    ["a document type", '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'],
    ["nothing", ""],
    ["text alone", "hello"],
    ["a cut off document", "<r><a>"],
    ["a cut off tag", "<r"],
    ["a cut off comment", "<r><!-- "],
    ["tags that do not match", "<r><a></r></a>"],
    ["two roots", "<r/><r/>"],
    ["a tag in a tag", "<r <a></r>"],
    ["a tag without a name", "<r>< a/></r>"],
    ["too many levels", "<a>".repeat(40)],
    ["too many elements", `<r>${"<a/>".repeat(6_000)}</r>`],
    ["a text without end", `<r>${"x".repeat(70_000)}</r>`],
    ["too much of it", `<r>${"<!-- -->".repeat(40_000)}</r>`],
  ])("refuses %s", (_, text) => {
    expect(() => parseXml(text)).toThrow(XmlError);
  });

  it("gives back any text that was escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(parseXml(`<r>${escapeXml(text)}</r>`).text).toBe(text.trim());
      }),
    );
  });
});
