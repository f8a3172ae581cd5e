" Vim syntax of .dyn network descriptions
" Made by grammar/editors/generate from the tables of the language; do not edit.

if exists('b:current_syntax')
  finish
endif

syn match dynOperator "\v-\>|\.\.|\*\*|//|[=!<>]\=|[-+*/%<>=]"
syn match dynName "\v<[A-Za-z_]\w*"
syn match dynWord "\v%(\w|[^.]\.)@2<!%(shunt_current|ampa_current|gaba_current|nmda_current|exponential|adaptation|mismatched|davis240c|threshold|davis346|dendrite|membrane|calcium|precise|dvs128|spikes|first|torus|valid|both|last|mean|none|same|soma)\w@!%(\s*[.[(:])@!"
syn match dynParameter "\v%(\w|[^.]\.)@2<!<[A-Za-z_]\w*%(\s*\=\=@!)@="
syn match dynType "\v%(\w|[^.]\.)@2<!%(frequency|current|voltage|string|bool|real|time|view|int)\w@!%(\s*[=,)])@="
syn match dynFunction "\v%(\w|[^.]\.)@2<!%(first_spike|fixed_total|synchrony|together|fan_out|poisson|regular|active|bioamp|fan_in|random|select|spikes|spread|apart|count|floor|gauss|hypot|order|pairs|round|ceil|chip|cols|conv|core|dist|load|near|rate|rows|sqrt|abs|dac|dvs|exp|isi|len|log|max|min|sum|at|cv)\w@!%(\s*\()@="
syn match dynSynapse "\v%(\w|[^.]\.)@2<!%(shunt|ampa|gaba|nmda)\w@!%(\s*\()@="
syn match dynPlace "\v%(\w|[^.]\.)@2<!%(post|pre)\w@!"
syn match dynBoolean "\v%(\w|[^.]\.)@2<!%(off|on)\w@!"
syn match dynJoining "\v%(\w|[^.]\.)@2<!%(during|and|not|as|in|or)\w@!"
syn match dynStatement "\v%(\w|[^.]\.)@2<!%(population|assert|expect|import|target|drive|input|param|place|probe|bias|else|test|for|let|net|run|set|use|fn|if)\w@!"
syn match dynHardware "\v%(\w|[^.]\.)@2<!%(SOHO_VREF_H_P|SOHO_VREF_L_P|SOHO_VREF_M_P|SOIF_SPKTHR_P|SYAW_STDSTR_N|DEAM_EGAIN_P|DEAM_IGAIN_P|DEGA_IGAIN_P|DENM_EGAIN_P|DENM_IGAIN_P|DENM_NMREV_N|DESC_IGAIN_P|SOAD_PWTAU_N|DEAM_ETAU_P|DEAM_HRES_P|DEAM_ITAU_P|DEAM_NRES_P|DEAM_VRES_P|DEGA_ITAU_P|DENM_ETAU_P|DENM_ITAU_P|DESC_ITAU_P|SOAD_CASC_P|SOAD_GAIN_P|SOCA_GAIN_P|SOHO_VREF_P|SOHO_VRST_P|SOIF_GAIN_N|SOIF_LEAK_N|SOIF_REFR_N|SYAM_STDW_N|SYPD_DLY0_P|SYPD_DLY1_P|SYPD_DLY2_P|SYSA_VRES_N|DEAM_REV_N|DEGA_REV_P|DENM_REV_N|SOAD_TAU_P|SOCA_TAU_P|SYPD_EXT_N|SOHO_VB_P|SOHO_VH_P|SOIF_CC_N|SOIF_DC_P|SYAM_W0_P|SYAM_W1_P|SYAM_W2_P|SYAM_W3_P|SYSA_VB_P|SOAD_W_N|SOCA_W_N)\w@!"
syn match dynAttribute "\v%(\w|[^.]\.)@2<!%(adaptation\.weight|adaptation\.pulse|delay\.mismatched|spike\.refractory|weight\.tolerance|adaptation\.gain|delay\.tolerance|spike\.threshold|adaptation\.tau|ampa_diffusion|nmda\.threshold|delay\.precise|membrane\.gain|membrane\.tau|stp\.strength|conductance|homeostasis|weight\.unit|adaptation|alpha_ampa|alpha_nmda|delay\.none|shunt\.gain|stp\.weight|ampa\.gain|gaba\.gain|nmda\.gain|nmda_gate|shunt\.tau|tolerance|ampa\.tau|gaba\.tau|nmda\.tau|model|pulse|kill|dc)\w@!%(\s*\=\=@!)@="
syn match dynAttribute "\v%(\w|[^.]\.)@2<!%(weight|latch)\.\h\w*%(\s*\=\=@!)@="
syn match dynBadNumber "\v%(\w|[^.]\.)@2<!\d\w*"
syn match dynNumber "\v%(\w|[^.]\.)@2<!%(0[xX]\x+|0[bB][01]+|\d%(_?\d)*%(\.\d%(_?\d)*)?%([eE][+-]?\d+)?)%([ \t]*%(MHz|kHz|Hz|fA|mA|mV|ms|nA|ns|pA|uA|uV|us|V|s))?\w@!"
syn match dynEscape +\\[nt"\\]+ contained
syn region dynString start=+"+ skip=+\\.+ end=+"+ oneline contains=dynEscape
syn match dynComment "#.*$" contains=@Spell

hi def link dynComment Comment
hi def link dynString String
hi def link dynEscape SpecialChar
hi def link dynNumber Number
hi def link dynBadNumber Error
hi def link dynStatement Statement
hi def link dynJoining Operator
hi def link dynOperator Operator
hi def link dynBoolean Boolean
hi def link dynPlace Special
hi def link dynFunction Function
hi def link dynSynapse Function
hi def link dynType Type
hi def link dynWord Constant
hi def link dynAttribute Identifier
hi def link dynHardware Constant

let b:current_syntax = 'dyn'
