import { describe, expect, it } from 'vitest';
import { obstacle } from './debian-packages.mjs';

const DEBIAN = 'NAME="Debian GNU/Linux"\nID=debian\n';
const LIKE_DEBIAN = 'ID=raspbian\nID_LIKE=debian\n';
const UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n';

describe('installing a package', () => {
  it.each([DEBIAN, LIKE_DEBIAN])('is possible for root on Debian', (release) => {
    expect(obstacle(['chromium'], release, 0)).toBeUndefined();
  });

  it('wants root', () => {
    expect(obstacle(['buildah', 'runc'], DEBIAN, 1000)).toBe(
      'apt-get install buildah runc wants root',
    );
  });

  it.each([UBUNTU, 'ID=fedora\n', ''])('is left to the user elsewhere', (release) => {
    expect(obstacle(['chromium'], release, 0)).toContain('install it yourself');
  });

  it('is possible on Ubuntu for what is a package there', () => {
    expect(obstacle(['buildah'], UBUNTU, 0)).toBeUndefined();
  });
});
