import { isBlankValue } from "../operators/mod.ts";
import type { FieldClasses } from "../../schema/rule.ts";
import type { RecordView } from "../record_view.ts";

/** Renders a rule's message for one record. */
export type MessageTemplate = (view: RecordView) => string;

/**
 * Compiles a template with `{field}` placeholders. It is taken apart here, once, so that a value that looks like a
 * placeholder stays what it is. Braces around anything but a field's name are ordinary text.
 */
export function planMessage(template: string, classes: FieldClasses): MessageTemplate {
  // With a group in the separator, every second part is what stood between braces.
  const parts = template.split(/\{([^{}]+)\}/).map((part, index) => {
    const isField = index % 2 === 1;
    if (!isField) return () => part;
    const fieldClass = classes.get(part);
    return fieldClass === undefined ? () => `{${part}}` : (view: RecordView) => {
      const value = view.value(part);
      if (value === undefined) return "(unknown)";
      return isBlankValue(value, fieldClass) ? "(blank)" : String(value);
    };
  });
  return (view) => parts.map((part) => part(view)).join("");
}
