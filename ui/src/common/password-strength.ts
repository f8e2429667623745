/** A rough estimate of a password's strength. The server only asks for the length. */

export const PASSWORD_LENGTH_MIN = 10;
const STRONG_LENGTH = 16;
const DIFFERENT_MIN = 5;

export type PasswordStrength = "short" | "weak" | "fair" | "strong";

export function isLongEnough(password: string): boolean {
  return [...password].length >= PASSWORD_LENGTH_MIN;
}

export function passwordStrength(password: string): PasswordStrength {
  const characters = [...password];
  if (!isLongEnough(password)) {
    return "short";
  }
  const different = new Set(characters).size;
  if (different < DIFFERENT_MIN || /^(\d+|[a-z]+)$/i.test(password)) {
    return characters.length >= STRONG_LENGTH && different >= DIFFERENT_MIN ? "fair" : "weak";
  }
  return characters.length >= STRONG_LENGTH ? "strong" : "fair";
}
