/* doctor: whether this machine is fit to measure, as far as the kernel tells. Nothing is changed.
 *
 * `root` is where /proc and /sys are looked for, "" but in tests.
 */
#ifndef RUNNER_DOCTOR_H
#define RUNNER_DOCTOR_H

#include "schema/diagnosis.h"

void doctor_machine(const char *root, struct diagnoses *out);

#endif
