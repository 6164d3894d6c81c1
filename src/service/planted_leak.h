/* A leak on purpose, in test builds with KZG_PLANT_LEAK alone. */
#ifndef SERVICE_PLANTED_LEAK_H
#define SERVICE_PLANTED_LEAK_H

/* Takes a block of 4 KiB under the tag "queue" and forgets it. */
void planted_leak(void);

#endif
