/* onednn.h - large products through oneDNN, called inside our workers with one OpenMP thread each.
 */
#ifndef SC_BACKEND_CPU_ONEDNN_H
#define SC_BACKEND_CPU_ONEDNN_H

#include "backend/cpu/gemm.h"

/* Is this product one that oneDNN does better than the engine? Always false without oneDNN
 * (ONEDNN=0), and where SOCLE_ISA asks for less than the processor has. */
bool sc__onednn_takes(const sc_gemm_engine *e, const sc_gemm *g);
size_t sc__onednn_scratch(int n_threads);
/* `finish` is the engine's: bias, activation and addition on a tile that is still in a cache. */
void sc__onednn_run(const sc_gemm_engine *e, sc_pool *pool, void *scratch, const sc_gemm *g);

#endif
