/* socle.h - the whole public interface.
 *
 *     printf("socle %s\n", sc_version());
 */
#ifndef SOCLE_H
#define SOCLE_H

#include "socle/account.h"
#include "socle/bench.h"
#include "socle/corpus.h"
#include "socle/data.h"
#include "socle/eval.h"
#include "socle/extract.h"
#include "socle/generate.h"
#include "socle/graph.h"
#include "socle/inspect.h"
#include "socle/log.h"
#include "socle/model.h"
#include "socle/status.h"
#include "socle/tag.h"
#include "socle/tensor.h"
#include "socle/text.h"
#include "socle/tokenizer.h"
#include "socle/train.h"
#include "socle/version.h"

#endif
