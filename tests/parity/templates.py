"""Chat templates rendered by transformers' apply_chat_template: templates in the manner of common
models and small ones for single constructs. Writes tests/golden/templates/templates.json."""

import os

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

import common

CHATML = """{% for message in messages %}
{% if loop.first and message['role'] != 'system' %}
{{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}
{% endif %}
{{- '<|im_start|>' + message.role + '\\n' + message.content | trim + '<|im_end|>' + '\\n' -}}
{% endfor %}
{% if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{% endif %}
"""

LLAMA2 = """{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}\
{% set rest = messages[1:] %}{% else %}{% set system = none %}{% set rest = messages %}{% endif %}
{%- for m in rest -%}
  {%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) -%}
    {{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
  {%- endif -%}
  {%- if loop.index0 == 0 and system is not none -%}
    {%- set content = '<<SYS>>\\n' ~ system ~ '\\n<</SYS>>\\n\\n' ~ m['content'] -%}
  {%- else -%}
    {%- set content = m['content'] -%}
  {%- endif -%}
  {%- if m['role'] == 'user' -%}
    {{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}
  {%- elif m['role'] == 'assistant' -%}
    {{ ' ' + content.strip() + ' ' + eos_token }}
  {%- endif -%}
{%- endfor -%}
"""

LLAMA3 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{#- The system message comes first, or an empty one. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif message.role in ["tool", "ipython"] %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

ZEPHYR = """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set ns = namespace(index=0, last='') %}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" or message["role"] == "assistant" %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("roles must alternate") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
        {%- set ns.last = message.role %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user, system and assistant roles are supported!") }}
    {%- endif %}
{%- endfor %}
{{- ' ' ~ ns.index ~ ns.last }}
"""

SMALL = [
    "a {{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 1.5 }} {{ 2 * 1.5 }}",
    "{{ 'a' ~ 1 ~ none ~ true }}{{ undefined_name }}|{{ messages | length }}{{ 'héé' | length }}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }}{{ m.content }}"
    "{% if not loop.last %},{% endif %}{% else %}none{% endfor %}",
    "{% for k, v in messages[0].items() %}{{ k }}={{ v | upper }};{% endfor %}",
    "{% for x in [] %}{% else %}empty{% endfor %}{{ [1, 2, 3][-1] }}{{ 'abc'[1] }}{{ 'abc'[1:] }}"
    "{{ 'abcd'[-2:] }}{{ 'abc'[:-1] }}",
    "{{ {'a': {'b': [1, 'x', none, true, 1.5]}} | tojson }}{{ messages[1] | tojson }}",
    "{{ 'yes' if messages else 'no' }}{{ 'x' if false }}{{ (none or 'or') ~ (1 and 'and') }}",
    "{{ missing | default('d') }}{{ '' | default('e', true) }}{{ 'A b'.lower() }}{{ 'ab' | title }}",
    "{{ 'a,b,c'.split(',')[1] }}{{ '<t>x</t>y'.split('</t>')[-1].lstrip('\\n') }}{{ 'aXbX' | replace('X', '-') }}",
    "{{ ['a', 'b'] | join('+') }}{{ 'abc'.startswith('ab') }}{{ 'b' in 'abc' }}{{ 4 not in [1, 2] }}",
    "  {% if true %}\n  in\n  {% endif %}\n  {%- if true %} tight {%- endif %}\nx {# gone #} y\n{# line #}\nz\n",
    "{% set x = 1 %}{% for i in range(3) %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
    "{% set n = namespace(t='') %}{% for m in messages %}{% set n.t = n.t + m.role[0] %}{% endfor %}{{ n.t }}",
    "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }}>{{ m.role }} {% endfor %}",
    "{% for m in messages[::-1] %}{{ m.role }} {{ loop.revindex0 }} {% endfor %}",
    "{{ 1 is odd }}{{ 2 is even }}{{ 'a' is string }}{{ messages is sequence }}{{ none is none }}{{ x is undefined }}{{ 1 is not string }}",
    "{{ 1 == 1.0 }}{{ 'a' < 'b' }}{{ 3 >= 4 }}{{ not 1 == 2 }}{{ messages[0].name is defined }}{{ messages[9] is defined }}",
    "{%- generation %}said{% endgeneration %}{{ \"it's\" }}{{ 'a\\tb\\\\' }}\r\nend",
    "{{ messages | first | tojson }}",
    "line\n   {%+ if true %}kept{% endif %}\n{% if true +%}\nkept too{% endif %}\n",
    "{{ 5 | string + 'x' }}{{ ([1] + [2]) | length }}{{ '  t ' | trim | upper }}{{ messages | last == messages[-1] }}",
]

CONVERSATIONS = {
    "one": [{"role": "user", "content": " Hello, world! \n"}],
    "system": [{"role": "system", "content": "Be brief. €"},
               {"role": "user", "content": "Why \"this\"?"},
               {"role": "assistant", "content": "  Because <b>é</b>.\n"},
               {"role": "user", "content": "Oh."}],
    "odd": [{"role": "assistant", "content": "First!"}, {"role": "tool", "content": "{}"}],
}


def tokenizer(template):
    t = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>",
                                eos_token="</s>")
    t.chat_template = template
    return t


def main():
    folder = common.fresh_folder("templates")
    cases = []
    for template in [CHATML, LLAMA2, LLAMA3, ZEPHYR, MISTRAL] + SMALL:
        for name, messages in CONVERSATIONS.items():
            for prompt in [True, False]:
                case = {"template": template, "messages": messages, "add_generation_prompt": prompt}
                try:
                    case["text"] = tokenizer(template).apply_chat_template(
                        messages, tokenize=False, add_generation_prompt=prompt)
                except Exception as e:          # the template refuses the conversation
                    case["error"] = str(e)
                if template not in SMALL or (name == "system" and prompt):
                    cases.append(case)
    common.store_json(os.path.join(folder, "templates.json"), cases)
    common.record_versions(folder, "templates.py")


if __name__ == "__main__":
    main()
